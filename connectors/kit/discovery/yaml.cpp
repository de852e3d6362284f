#include "connectors/kit/discovery/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/settings/utf8.hpp"

namespace tributary::discovery {
namespace {

/// Read as something else than text, by this program (`null`) or by other tools.
constexpr std::array<std::string_view, 13> words = {"null", "Null", "NULL", "true", "false", "yes",  "no",
                                                    "on",   "off",  "y",    "n",    "True",  "False"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Letters of Latin, Greek and Cyrillic, and nothing that some reader takes for a line's end.
bool is_foreign_letter(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    return character.size() == 2 && lead >= 0xC3 && lead <= 0xD3;
}

bool is_plain(std::string_view text) {
    if (text.empty() || std::ranges::find(words, text) != words.end()) return false;
    for (bool first = true; !text.empty(); first = false) {
        const std::size_t size = std::max<std::size_t>(utf8_length(text), 1);
        const char c = text.front();
        const bool inner = (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/';
        if (!(size > 1 ? is_foreign_letter(text.substr(0, size)) : is_letter(c) || (inner && !first))) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string quoted(std::string_view text) {
    // a column in brackets reads better without backslashes
    if (text.contains('"') && text.find_first_of("'\n\r\t") == std::string_view::npos) return fmt::format("'{}'", text);
    std::string out(1, '"');
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else
            out += c;
    }
    return out + '"';
}

}  // namespace

std::string yaml_text(std::string_view text) { return is_plain(text) ? std::string(text) : quoted(text); }

std::string yaml_literal(std::string_view text) {
    std::string escaped(text);
    for (std::size_t at = 0; (at = escaped.find("${", at)) != std::string::npos; at += 3) escaped.insert(at, 1, '$');
    return yaml_text(escaped);
}

std::string yaml_column(std::string_view column) {
    constexpr std::string_view meaning = " \t\n\r.[]\"'^(){},";
    const bool bare = column.find_first_of(meaning) == std::string_view::npos;
    return yaml_literal(bare ? std::string(column) : "[\"" + std::string(column) + "\"]");
}

std::string yaml_list(const std::vector<std::string>& texts) {
    std::string out;
    for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + yaml_literal(text);
    return "[" + out + "]";
}

bool can_be_written(std::string_view name) {
    return !name.empty() && !first_unreadable(name) && !name.contains("\"]") &&
           name.find('\r') == std::string_view::npos;
}

std::string comment_text(std::string_view text) {
    constexpr std::size_t longest = 300;
    return shortened(text, longest);
}

}  // namespace tributary::discovery
