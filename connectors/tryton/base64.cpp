#include <array>
#include <cstdint>

#include "connectors/tryton/decode.hpp"

namespace tributary::tryton {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> digits = [] {
    std::array<std::int8_t, 256> all{};
    all.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        all[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return all;
}();

}  // namespace

std::optional<std::string_view> decode_base64(std::string_view text, Arena& arena) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t padding = 0;
    for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    char* const to = arena.allocate(text.size());
    std::size_t size = 0;
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const std::int8_t digit = digits[static_cast<unsigned char>(c)];
        if (digit < 0) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        to[size++] = static_cast<char>(bits >> held & 0xff);
    }
    return std::string_view(to, size);
}

std::string encode_base64(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? alphabet[bits >> (18 - 6 * k) & 0x3f] : '=';
    }
    return text;
}

}  // namespace tributary::tryton
