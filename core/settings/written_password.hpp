#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tributary {

/// A part of a text that must not be shown: [begin, end).
struct Hidden {
    std::size_t begin;
    std::size_t end;
};

/// The password whose `scheme://user:password@host` or `password=` begins at `at` of a log line or a message.
std::optional<Hidden> password_at(std::string_view text, std::size_t at);

/// The passwords in a connection string, as they stand there and as they are meant: percent-decoded in a URI, without
/// quotes and backslashes in `key=value` pairs. Where programs disagree about a password's end, each of its readings.
std::vector<std::string> passwords_in(std::string_view connection);

}  // namespace tributary
