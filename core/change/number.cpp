#include "core/change/number.hpp"

#include <algorithm>

namespace tributary {
namespace {

constexpr std::size_t most_exponent_digits = 17;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

std::size_t strip_leading_zeros(std::string_view& digits) {
    const auto zeros = std::min(digits.find_first_not_of('0'), digits.size());
    digits.remove_prefix(zeros);
    return zeros;
}

void strip_trailing_zeros(std::string_view& digits) { digits = digits.substr(0, digits.find_last_not_of('0') + 1); }

/// What follows the `e`.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
    const bool negative = take(text, '-');
    if (!negative) take(text, '+');
    auto digits = take_digits(text);
    if (digits.empty()) return std::nullopt;
    strip_leading_zeros(digits);
    if (digits.size() > most_exponent_digits) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return negative ? -value : value;
}

NumberText normalised(NumberText number, std::int64_t exponent) {
    strip_leading_zeros(number.whole);
    strip_trailing_zeros(number.fraction);
    number.magnitude = exponent + static_cast<std::int64_t>(number.whole.size());
    if (number.whole.empty()) number.magnitude -= static_cast<std::int64_t>(strip_leading_zeros(number.fraction));
    if (number.fraction.empty()) strip_trailing_zeros(number.whole);
    return number;
}

std::weak_ordering order_of_sizes(const NumberText& left, const NumberText& right) {
    if (left.magnitude != right.magnitude) return left.magnitude <=> right.magnitude;
    const std::size_t common = std::min(left.digits(), right.digits());
    for (std::size_t i = 0; i < common; ++i)
        if (left.digit(i) != right.digit(i)) return left.digit(i) <=> right.digit(i);
    return left.digits() <=> right.digits();
}

}  // namespace

std::weak_ordering NumberText::operator<=>(const NumberText& other) const {
    const int sign = is_zero() ? 0 : negative ? -1 : 1;
    const int other_sign = other.is_zero() ? 0 : other.negative ? -1 : 1;
    if (sign != other_sign || sign == 0) return sign <=> other_sign;
    return sign > 0 ? order_of_sizes(*this, other) : order_of_sizes(other, *this);
}

std::optional<NumberText> read_number(std::string_view text) {
    NumberText number;
    std::int64_t exponent = 0;
    number.negative = take(text, '-');
    number.whole = take_digits(text);
    if (number.whole.empty()) return std::nullopt;
    if (take(text, '.')) {
        number.fraction = take_digits(text);
        if (number.fraction.empty()) return std::nullopt;
    }
    if (take(text, 'e') || take(text, 'E')) {
        const auto read = take_exponent(text);
        if (!read) return std::nullopt;
        exponent = *read;
    }
    if (!text.empty()) return std::nullopt;
    return normalised(number, exponent);
}

bool same_number(std::string_view left, std::string_view right) {
    if (left == right) return true;
    const auto a = read_number(left);
    const auto b = read_number(right);
    return a && b && *a == *b;
}

std::strong_ordering order_of_keys(std::string_view left, std::string_view right) {
    const auto a = read_number(left);
    const auto b = read_number(right);
    if (a && b && *a != *b) return *a < *b ? std::strong_ordering::less : std::strong_ordering::greater;
    if (a.has_value() != b.has_value()) return a ? std::strong_ordering::less : std::strong_ordering::greater;
    return left <=> right;
}

}  // namespace tributary
