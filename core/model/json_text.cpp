#include "core/model/json_text.hpp"

#include <charconv>
#include <cstring>

#include "core/model/utf8.hpp"

namespace tributary {
namespace {

constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t highs = 0x8080808080808080U;

/// Flags bytes that may be zero; exact enough: only a byte after a zero can be flagged wrongly.
constexpr std::uint64_t zeros(std::uint64_t block) { return (block - ones) & ~block & highs; }

/// True for eight bytes of ASCII that need no escape.
bool is_plain_block(const char* at) {
    std::uint64_t block;
    std::memcpy(&block, at, sizeof block);
    const std::uint64_t control = (block - ones * 0x20) & ~block & highs;
    return ((block & highs) | control | zeros(block ^ ones * '"') | zeros(block ^ ones * '\\')) == 0;
}

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void append_escaped(char c, std::string& to) {
    static constexpr std::string_view hex = "0123456789abcdef";
    static constexpr std::string_view controls = "\b\f\n\r\t\"\\";
    static constexpr std::string_view letters = "bfnrt\"\\";
    to.push_back('\\');
    if (const std::size_t at = controls.find(c); at != std::string_view::npos) {
        to.push_back(letters[at]);
        return;
    }
    const auto byte = static_cast<unsigned char>(c);
    to.append("u00");
    to.push_back(hex[byte >> 4]);
    to.push_back(hex[byte & 15]);
}

std::size_t plain_prefix(std::string_view text) {
    std::size_t at = 0;
    while (at + 8 <= text.size() && is_plain_block(text.data() + at)) at += 8;
    while (at < text.size() && static_cast<signed char>(text[at]) >= 0 && is_plain(text[at])) ++at;
    return at;
}

}  // namespace

bool append_json_text(std::string_view text, std::string& to) {
    to.push_back('"');
    const std::size_t plain = plain_prefix(text);
    to.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (!is_clean_text(text)) return false;
    for (const char c : text) {
        if (is_plain(c))
            to.push_back(c);
        else
            append_escaped(c, to);
    }
    to.push_back('"');
    return true;
}

std::string json_text(std::string_view text) {
    std::string quoted;
    return append_json_text(text, quoted) ? quoted : "null";
}

void append_json_integer(std::int64_t value, std::string& to) {
    char text[22];
    const bool as_text = value > largest_json_integer || value < -largest_json_integer;
    char* end = text;
    if (as_text) *end++ = '"';
    end = std::to_chars(end, text + 21, value).ptr;
    if (as_text) *end++ = '"';
    to.append(text, end);
}

}  // namespace tributary
