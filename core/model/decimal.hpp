#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/model/arena.hpp"

namespace tributary {

/// An exact decimal as a view into the text it was read from: no exponent, no leading or trailing zeros. Zero has no
/// digits and no sign. Equal numbers have equal members.
struct Decimal {
    bool negative = false;
    std::string_view whole;
    std::string_view fraction;

    bool is_zero() const { return whole.empty() && fraction.empty(); }
    bool is_whole() const { return fraction.empty(); }

    /// Bytes `write` needs.
    std::size_t text_size() const;
    /// Canonical text: `-12.5`, `0.25`, `0`. Returns the end.
    char* write(char* to) const;
    std::string_view text(Arena& arena) const;

    /// Nothing when it is not whole or does not fit.
    std::optional<std::int64_t> integer() const;
};

/// `[+-]digits[.digits]` or `.digits`; nothing else, not even blanks.
std::optional<Decimal> parse_decimal(std::string_view text);

/// Also with an exponent (`1.5E+3`), which is written out into `arena`; one beyond +-1000 is not read.
std::optional<Decimal> parse_scientific(std::string_view text, Arena& arena);

std::strong_ordering compare(const Decimal& a, const Decimal& b);

/// Half-even to `scale` digits after the point.
Decimal rounded(const Decimal& value, std::size_t scale, Arena& arena);

/// The shortest decimal that reads back as the same double; nothing for NaN and infinities.
std::optional<Decimal> decimal_of(double value, Arena& arena);

}  // namespace tributary
