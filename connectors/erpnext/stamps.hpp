#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tributary::erpnext {

/// A site's wall clock, microseconds counted as if it were UTC, as the site writes and compares it:
/// `2026-01-31 10:00:00.123456`. A filter value that is no date would match every row, so nothing else is ever sent.
std::string stamp_text(std::int64_t local);

/// The reverse. Whole seconds come without a fraction.
std::optional<std::int64_t> read_stamp(std::string_view text);

}  // namespace tributary::erpnext
