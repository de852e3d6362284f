#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/value.hpp"

namespace tributary::walk {

/// A value of a key or watermark column as exact text with its kind, so that what a position gives back to the source
/// compares there as the value did when it was read.
struct Mark {
    Kind kind = Kind::null;
    std::string text;

    bool operator==(const Mark&) const = default;
};

/// Of a scalar; lists and objects are no keys and give a null mark. Dates and times are ISO 8601,
/// bytes are lower-case hex, floats the shortest text that reads back as the same number.
Mark mark_of(const Value& value);
std::vector<Mark> marks_of(std::span<const Value> values);

/// Lower case.
std::string hex_of(std::string_view bytes);

/// What JSON can hold.
bool is_utf8(std::string_view text);

/// Room for the longest text of a scalar that is not a text kind: `-292277-01-09T04:00:54.775808Z BC` and the like.
constexpr std::size_t most_scalar_text = 48;

/// Writes the text of a boolean, integer, real, date, instant or naive value to `to` (at least `most_scalar_text`
/// bytes) and returns its length. `2026-01-31`, `2026-01-31T10:00:00.123456Z`, naive times without the `Z`; years
/// before 1 carry PostgreSQL's ` BC`.
std::size_t write_scalar(const Value& value, char* to);

}  // namespace tributary::walk
