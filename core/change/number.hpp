#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tributary {

/// A decimal number as text taken apart, whatever its length: ±0.DIGITS × 10^magnitude, where DIGITS are `whole`
/// followed by `fraction`, neither beginning nor ending with a zero. Zero has no digits. Views into the text.
struct NumberText {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;
    std::int64_t magnitude = 0;

    bool is_zero() const { return whole.empty() && fraction.empty(); }
    std::size_t digits() const { return whole.size() + fraction.size(); }
    char digit(std::size_t i) const { return i < whole.size() ? whole[i] : fraction[i - whole.size()]; }

    /// By value: 1, 1.0 and 10e-1 are equal, and so are 0 and -0.
    std::weak_ordering operator<=>(const NumberText& other) const;
    bool operator==(const NumberText& other) const { return (*this <=> other) == 0; }
};

/// Nothing when `text` is no decimal number ([-]digits[.digits][e[±]digits]) or its exponent has over 17 digits.
std::optional<NumberText> read_number(std::string_view text);

/// Equal in value, exactly: no binary floating point anywhere. Of numbers that cannot be read, equal in spelling.
bool same_number(std::string_view left, std::string_view right);

/// The order in which lists are sorted by their keys: numbers by value and before everything else, other texts by
/// bytes; numbers of equal value by bytes, so that only equal texts are equal.
std::strong_ordering order_of_keys(std::string_view left, std::string_view right);

}  // namespace tributary
