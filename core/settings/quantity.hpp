#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/settings/option.hpp"

namespace tributary {

/// `parse_duration` and `parse_bytes` are declared in option.hpp.

/// A whole number, a `-` allowed; nothing around it.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// `true` or `false`.
std::optional<bool> parse_boolean(std::string_view text);

/// As a user would write it, in the largest unit that divides it: `90s`, `1h`.
std::string format_duration(std::chrono::milliseconds duration);
/// `64KB`, `8MB`, `1000`.
std::string format_bytes(std::int64_t bytes);

/// The value of an integer, bytes or duration option as its bounds count it (durations: milliseconds).
std::optional<std::int64_t> parse_quantity(OptionType type, std::string_view text);
/// A bound of such an option as a user would write it.
std::string format_quantity(OptionType type, std::int64_t value);

}  // namespace tributary
