#include <algorithm>
#include <utility>

#include "core/mapping/lua.hpp"

namespace tributary::mapping {
namespace {

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }

/// Just enough of Lua's lexer to find names outside of texts and comments.
class Scanner {
  public:
    explicit Scanner(std::string_view code) : rest_(code) {}

    /// The next name that is not a member of something; empty at the end.
    std::string_view next_variable() {
        while (!rest_.empty()) {
            if (skip_comment() || skip_text()) continue;
            if (is_name_start(rest_[0])) {
                const std::string_view name = take_name();
                if (!std::exchange(after_dot_, false)) return name;
                continue;
            }
            // ".." joins texts, what follows it is no member
            after_dot_ = (rest_[0] == '.' || rest_[0] == ':') && !rest_.starts_with("..");
            rest_.remove_prefix(rest_.starts_with("..") ? 2 : 1);
        }
        return {};
    }

    /// The name in `.name` or `["name"]` that follows; empty when something else does.
    std::string_view take_member() {
        skip_blanks();
        if (rest_.starts_with('.') && !rest_.starts_with("..")) {
            rest_.remove_prefix(1);
            skip_blanks();
            return take_name();
        }
        if (!rest_.starts_with("[\"") && !rest_.starts_with("['")) return {};
        const std::size_t end = rest_.find(rest_[1], 2);
        if (end == std::string_view::npos || !rest_.substr(end + 1).starts_with(']')) return {};
        const std::string_view name = rest_.substr(2, end - 2);
        rest_.remove_prefix(end + 2);
        return name;
    }

  private:
    std::string_view take_name() {
        const auto end = std::ranges::find_if_not(rest_, is_name);
        const std::string_view name(rest_.begin(), end);
        rest_.remove_prefix(name.size());
        return name;
    }

    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

    bool skip_comment() {
        if (!rest_.starts_with("--")) return false;
        rest_.remove_prefix(2);
        if (!skip_long_text()) rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
        return true;
    }

    bool skip_text() {
        if (rest_[0] != '"' && rest_[0] != '\'') return skip_long_text();
        const char quote = rest_[0];
        std::size_t at = 1;
        while (at < rest_.size() && rest_[at] != quote) at += rest_[at] == '\\' ? 2 : 1;
        rest_.remove_prefix(std::min(at + 1, rest_.size()));
        return true;
    }

    bool skip_long_text() {
        if (!rest_.starts_with('[')) return false;
        const std::size_t level = std::min(rest_.find_first_not_of('=', 1), rest_.size()) - 1;
        if (level + 1 >= rest_.size() || rest_[level + 1] != '[') return false;
        const std::string end = "]" + std::string(level, '=') + "]";
        rest_.remove_prefix(std::min(
            rest_.find(end) == std::string_view::npos ? rest_.size() : rest_.find(end) + end.size(), rest_.size()));
        return true;
    }

    std::string_view rest_;
    bool after_dot_ = false;
};

}  // namespace

Lua::Columns Lua::columns_of(std::string_view code) {
    Columns found;
    Scanner scanner(code);
    for (std::string_view name; !(name = scanner.next_variable()).empty();) {
        if (name != "row" && name != "up") continue;
        const std::string_view member = scanner.take_member();
        if (member.empty())
            found.whole = true;
        else
            (name == "row" ? found.of_row : found.of_up).emplace_back(member);
    }
    return found;
}

}  // namespace tributary::mapping
