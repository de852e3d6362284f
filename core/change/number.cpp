#include "core/change/number.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tributary {
namespace {

constexpr std::size_t most_exponent_digits = 17;

/// ±0.DIGITS × 10^magnitude, where DIGITS are `whole` followed by `fraction`, neither beginning nor ending with a zero.
/// Zero has no digits. Views into the text.
struct NumberText {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    std::int64_t magnitude = 0;

    std::size_t digits() const { return whole.size() + fraction.size(); }
    char digit(std::size_t i) const { return i < whole.size() ? whole[i] : fraction[i - whole.size()]; }
};

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

/// Nothing when `text` is not [-]digits[.digits][e[±]digits].
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

bool same_digits(const NumberText& left, const NumberText& right) {
    if (left.digits() != right.digits()) return false;
    for (std::size_t i = 0; i < left.digits(); ++i)
        if (left.digit(i) != right.digit(i)) return false;
    return true;
}

bool same_value(const NumberText& left, const NumberText& right) {
    if (!same_digits(left, right)) return false;
    return left.digits() == 0 || (left.negative == right.negative && left.magnitude == right.magnitude);
}

}  // namespace

bool same_number(std::string_view left, std::string_view right) {
    if (left == right) return true;
    const auto a = read_number(left);
    const auto b = read_number(right);
    return a && b && same_value(*a, *b);
}

}  // namespace tributary
