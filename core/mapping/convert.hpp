#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "core/mapping/time_format.hpp"
#include "core/mapping/zone.hpp"
#include "core/model/arena.hpp"
#include "core/model/decimal.hpp"
#include "core/model/value.hpp"

namespace tributary::mapping {

/// The reason ends a sentence that began with the field and the value: "is not a decimal number".
template <typename T = Value>
using Converted = std::expected<T, std::string_view>;

struct Conversion {
    Arena& arena;
    const Zone* zone = nullptr;  ///< Of the source; nullptr: none declared.
};

/// How a number is spelled: `1.234,56` says that points may group (by threes) and a comma divides.
struct NumberFormat {
    char point = '.';
    std::string grouping;  ///< Characters left out when reading.

    static std::expected<NumberFormat, std::string> compile(std::string_view sample);
};

/// `type` and `format` of an expression: how to read what the source has.
struct Reading {
    enum class As : std::uint8_t { as_it_is, text, integer, decimal, boolean, date, instant };

    As as = As::as_it_is;
    std::optional<TimeFormat> time;
    std::optional<NumberFormat> number;
    std::string yes, no;  ///< Words of a boolean; empty: true/false, t/f, 1/0.
};

/// Null and empty text give null.
Converted<> read_as(const Value& value, const Reading& reading, const Conversion& with);

/// What comes out by the schema. Values are never null.
Converted<std::string_view> to_text(const Value& value, const Conversion& with);
Converted<Decimal> to_decimal(const Value& value, const Conversion& with);
Converted<std::int64_t> to_day(const Value& value);
Converted<std::int64_t> to_instant(const Value& value, const Conversion& with);
/// A value of kind `date` or `instant`.
Converted<> to_day_or_instant(const Value& value, const Conversion& with);

/// The value of a naive timestamp as an instant; anything else as it is.
Converted<> zoned(const Value& value, const Conversion& with);

/// Without blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

}  // namespace tributary::mapping
