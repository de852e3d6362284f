#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tributary {

/// Appends `text` in quotes. One spelling only: `\"`, `\\`, `\b \f \n \r \t`, other control characters as `\u001f`,
/// everything else as it is. False (and nothing useful appended) when the text is not clean UTF-8 (utf8.hpp).
bool append_json_text(std::string_view text, std::string& to);

/// `text` in quotes, spelled the same; `null` where it is not clean.
std::string json_text(std::string_view text);

/// Largest integer every JSON reader keeps exact: 2^53 - 1.
constexpr std::int64_t largest_json_integer = 9'007'199'254'740'991;

/// As a JSON number within +-(2^53 - 1), else as text.
void append_json_integer(std::int64_t value, std::string& to);

}  // namespace tributary
