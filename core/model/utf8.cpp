#include "core/model/utf8.hpp"

#include <cstdint>
#include <cstring>

#include "core/settings/utf8.hpp"

namespace tributary {
namespace {

/// True for eight bytes of which none is zero or above 0x7f.
bool is_plain_block(const char* at) {
    std::uint64_t block;
    std::memcpy(&block, at, sizeof block);
    const std::uint64_t zero_or_high = (block - 0x0101010101010101U) | block;
    return (zero_or_high & 0x8080808080808080U) == 0;
}

}  // namespace

bool is_clean_text(std::string_view text) {
    while (!text.empty()) {
        if (text.size() >= 8 && is_plain_block(text.data())) {
            text.remove_prefix(8);
            continue;
        }
        const std::size_t size = utf8_length(text);
        if (size == 0 || text[0] == '\0') return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string_view why_not_clean(std::string_view text) {
    return text.find('\0') == std::string_view::npos ? "is not valid UTF-8 text"
                                                     : "has a NUL character (U+0000) in it, which no event may carry";
}

}  // namespace tributary
