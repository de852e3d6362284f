#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tributary {

/// Appends `text` as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);

/// Appends `text` for a `name=value` line: as it is when it is one plain word, else as a JSON string; so a value can
/// neither break the line nor pass for another field.
void append_plain_text(std::string& out, std::string_view text);

/// Appends `text` with control characters escaped, so that it stays on its line.
void append_one_line(std::string& out, std::string_view text);

/// `2026-01-31T12:00:00.123Z`
std::string utc_text(std::int64_t time);

}  // namespace tributary
