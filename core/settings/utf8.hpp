#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tributary {

/// Bytes of the UTF-8 character `text` starts with; 0 when it is not one (overlong forms, surrogates and everything
/// above U+10FFFF included, as RFC 3629 has it) or `text` is empty.
std::size_t utf8_length(std::string_view text);

/// Something in a text that no configuration may hold.
struct Unreadable {
    std::size_t offset;
    std::string what;  ///< "invalid UTF-8 (byte 0xff)"
};

/// The first byte that is invalid UTF-8, a control character other than tab and line end, or a stray byte order mark.
std::optional<Unreadable> first_unreadable(std::string_view text);

/// At most `most` characters of `text`, with `…` when something was cut off and `?` for what cannot be shown on a line.
std::string shortened(std::string_view text, std::size_t most);

/// Characters, not bytes, of valid UTF-8.
std::size_t utf8_width(std::string_view text);

}  // namespace tributary
