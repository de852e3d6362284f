#include "core/settings/utf8.hpp"

#include <fmt/format.h>

namespace tributary {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

bool is_continuation(std::string_view text, std::size_t i) {
    return i < text.size() && (byte_at(text, i) & 0xC0) == 0x80;
}

bool in_range(std::string_view text, unsigned low, unsigned high) {
    return text.size() > 1 && byte_at(text, 1) >= low && byte_at(text, 1) <= high;
}

std::size_t three_bytes(std::string_view text, unsigned char lead) {
    const bool second = lead == 0xE0   ? in_range(text, 0xA0, 0xBF)
                        : lead == 0xED ? in_range(text, 0x80, 0x9F)
                                       : is_continuation(text, 1);
    return second && is_continuation(text, 2) ? 3 : 0;
}

std::size_t four_bytes(std::string_view text, unsigned char lead) {
    const bool second = lead == 0xF0   ? in_range(text, 0x90, 0xBF)
                        : lead == 0xF4 ? in_range(text, 0x80, 0x8F)
                                       : is_continuation(text, 1);
    return second && is_continuation(text, 2) && is_continuation(text, 3) ? 4 : 0;
}

bool is_control(unsigned char c) { return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F; }

}  // namespace

std::size_t utf8_length(std::string_view text) {
    if (text.empty()) return 0;
    const unsigned char lead = byte_at(text, 0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return is_continuation(text, 1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) return three_bytes(text, lead);
    if (lead >= 0xF0 && lead <= 0xF4) return four_bytes(text, lead);
    return 0;
}

std::optional<Unreadable> first_unreadable(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text.substr(i));
        if (length == 0) return Unreadable{i, fmt::format("invalid UTF-8 (byte {:#04x})", byte_at(text, i))};
        if (is_control(byte_at(text, i)))
            return Unreadable{i, fmt::format("control character U+{:04X}", byte_at(text, i))};
        if (text.substr(i, length) == "\xEF\xBB\xBF") return Unreadable{i, "byte order mark inside the text"};
        i += length;
    }
    return std::nullopt;
}

std::string shortened(std::string_view text, std::size_t most) {
    std::string out;
    std::size_t characters = 0;
    for (std::size_t i = 0; i < text.size(); ++characters) {
        if (characters == most) return out + "…";
        const std::size_t length = utf8_length(text.substr(i));
        const bool plain = length > 1 || (length == 1 && byte_at(text, i) >= 0x20 && byte_at(text, i) != 0x7F);
        out += plain ? text.substr(i, length) : "?";
        i += length ? length : 1;
    }
    return out;
}

std::size_t utf8_width(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) width += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return width;
}

}  // namespace tributary
