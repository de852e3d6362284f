#include "core/model/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tributary {
namespace {

constexpr int most_exponent = 1000;

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Decimal stripped(bool negative, std::string_view whole, std::string_view fraction) {
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    return {negative && !(whole.empty() && fraction.empty()), whole, fraction};
}

/// Digits with a point put in after `whole` of them, zeros added where there are none.
Decimal shifted(bool negative, std::string_view digits, long whole, Arena& arena) {
    const long size = static_cast<long>(digits.size());
    const long before = std::max(0L, -whole);
    const long after = std::max(0L, whole - size);
    auto to = arena.array<char>(static_cast<std::size_t>(before + size + after));
    std::fill(to.begin(), to.end(), '0');
    std::copy(digits.begin(), digits.end(), to.begin() + before);
    const std::string_view all(to.data(), to.size());
    const auto point = static_cast<std::size_t>(std::max(0L, whole));
    return stripped(negative, all.substr(0, point), all.substr(point));
}

}  // namespace

std::size_t Decimal::text_size() const {
    return (negative ? 1 : 0) + std::max<std::size_t>(1, whole.size()) + (fraction.empty() ? 0 : 1 + fraction.size());
}

char* Decimal::write(char* to) const {
    if (negative) *to++ = '-';
    if (whole.empty()) *to++ = '0';
    to = std::copy(whole.begin(), whole.end(), to);
    if (fraction.empty()) return to;
    *to++ = '.';
    return std::copy(fraction.begin(), fraction.end(), to);
}

std::string_view Decimal::text(Arena& arena) const {
    const std::size_t size = text_size();
    char* to = arena.allocate(size);
    write(to);
    return {to, size};
}

std::optional<std::int64_t> Decimal::integer() const {
    if (!is_whole() || whole.size() > 19) return std::nullopt;
    char text[20];
    char* end = text;
    if (negative) *end++ = '-';
    end = std::copy(whole.begin(), whole.end(), end);
    if (whole.empty()) *end++ = '0';
    std::int64_t value = 0;
    const auto [at, error] = std::from_chars(text, end, value);
    return error == std::errc() && at == end ? std::optional(value) : std::nullopt;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view{};
    if (whole.empty() && fraction.empty()) return std::nullopt;
    if (!all_digits(whole) || !all_digits(fraction)) return std::nullopt;
    return stripped(negative, whole, fraction);
}

std::optional<Decimal> parse_scientific(std::string_view text, Arena& arena) {
    const std::size_t mark = text.find_first_of("eE");
    if (mark == std::string_view::npos) return parse_decimal(text);
    const auto mantissa = parse_decimal(text.substr(0, mark));
    std::string_view power = text.substr(mark + 1);
    if (power.starts_with('+') && power.size() > 1 && power[1] != '-') power.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (!mantissa || error != std::errc() || end != power.data() + power.size()) return std::nullopt;
    if (exponent > most_exponent || exponent < -most_exponent) return std::nullopt;
    auto digits = arena.array<char>(mantissa->whole.size() + mantissa->fraction.size());
    auto next = std::copy(mantissa->whole.begin(), mantissa->whole.end(), digits.begin());
    std::copy(mantissa->fraction.begin(), mantissa->fraction.end(), next);
    return shifted(mantissa->negative, {digits.data(), digits.size()},
                   static_cast<long>(mantissa->whole.size()) + exponent, arena);
}

std::strong_ordering compare(const Decimal& a, const Decimal& b) {
    if (a.negative != b.negative) return a.negative ? std::strong_ordering::less : std::strong_ordering::greater;
    auto order = a.whole.size() <=> b.whole.size();
    if (order == 0) order = a.whole.compare(b.whole) <=> 0;
    if (order == 0) order = a.fraction.compare(b.fraction) <=> 0;
    return a.negative ? 0 <=> order : order;
}

Decimal rounded(const Decimal& value, std::size_t scale, Arena& arena) {
    if (value.fraction.size() <= scale) return value;
    const std::size_t whole = value.whole.size();
    const std::size_t kept = whole + scale;
    auto digits = arena.array<char>(kept + 1);
    digits[0] = '0';
    auto next = std::copy(value.whole.begin(), value.whole.end(), digits.begin() + 1);
    std::copy_n(value.fraction.begin(), scale, next);
    // the fraction has no trailing zeros, so a cut tail that starts with 5 is exactly half when nothing follows
    const char first_cut = value.fraction[scale];
    const bool half = first_cut == '5' && value.fraction.size() == scale + 1;
    const bool odd = (digits[kept] - '0') % 2 == 1;
    if (first_cut > '5' || (first_cut == '5' && (!half || odd))) {
        std::size_t at = kept;
        while (digits[at] == '9') digits[at--] = '0';
        ++digits[at];
    }
    const std::string_view all(digits.data(), digits.size());
    return stripped(value.negative, all.substr(0, whole + 1), all.substr(whole + 1));
}

std::optional<Decimal> decimal_of(double value, Arena& arena) {
    if (!std::isfinite(value)) return std::nullopt;
    char text[32];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific);
    if (error != std::errc()) return std::nullopt;
    return parse_scientific(arena.copy({text, static_cast<std::size_t>(end - text)}), arena);
}

}  // namespace tributary
