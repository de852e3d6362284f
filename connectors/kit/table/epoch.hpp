#pragma once

#include <cstdint>
#include <string>

#include "core/model/value.hpp"

namespace tributary::table {

/// Watermarks that are numbers count units (of so many microseconds) since 1970 UTC.

/// The count at a moment, microseconds UTC: of everything stamped from then on, none is smaller.
std::string count_at(std::int64_t micros, std::int64_t unit);

/// Of an integer, a decimal or a float; `no_time` for anything else, and for what lies beyond the calendar.
std::int64_t time_of_count(const Value& count, std::int64_t unit);

}  // namespace tributary::table
