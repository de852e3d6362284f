#include "core/settings/open_quote.hpp"

#include <algorithm>

namespace tributary {
namespace {

/// Where the text that opens at `open` closes; npos: nowhere.
std::size_t closing_quote(std::string_view yaml, std::size_t open) {
    const char quote = yaml[open];
    for (std::size_t at = open + 1; at < yaml.size(); ++at) {
        if (quote == '"' && yaml[at] == '\\')
            ++at;
        else if (yaml[at] != quote)
            continue;
        else if (quote == '\'' && at + 1 < yaml.size() && yaml[at + 1] == quote)
            ++at;
        else
            return at;
    }
    return std::string_view::npos;
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// `  name: …` or `- name: …`
bool looks_like_key(std::string_view line) {
    line.remove_prefix(std::min(line.find_first_not_of(" -"), line.size()));
    const auto colon = static_cast<std::size_t>(std::ranges::find_if_not(line, is_word) - line.begin());
    if (colon == 0 || colon >= line.size() || line[colon] != ':') return false;
    return colon + 1 == line.size() || line[colon + 1] == ' ' || line[colon + 1] == '\r';
}

bool holds_key_line(std::string_view text) {
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        text.remove_prefix(end + 1);
        if (looks_like_key(text.substr(0, text.find('\n')))) return true;
    }
    return false;
}

/// A quote opens a text only where a value or a key can begin.
bool can_open(std::string_view line_before) {
    const auto last = line_before.find_last_not_of(' ');
    return last == std::string_view::npos || std::string_view(":,[{-?").contains(line_before[last]);
}

}  // namespace

std::optional<OpenQuote> find_open_quote(std::string_view yaml) {
    std::size_t line = 0;
    for (std::size_t at = 0; at < yaml.size(); ++at) {
        const char c = yaml[at];
        if (c == '\n') {
            line = at + 1;
        } else if (c == '#' && (at == line || yaml[at - 1] == ' ')) {
            at = std::min(yaml.find('\n', at), yaml.size()) - 1;
        } else if ((c == '"' || c == '\'') && can_open(yaml.substr(line, at - line))) {
            const std::size_t close = closing_quote(yaml, at);
            if (close == std::string_view::npos) return OpenQuote{at, std::nullopt};
            if (holds_key_line(yaml.substr(at, close - at))) return OpenQuote{at, close};
            at = close;
            if (const auto start = yaml.rfind('\n', close); start != std::string_view::npos) line = start + 1;
        }
    }
    return std::nullopt;
}

}  // namespace tributary
