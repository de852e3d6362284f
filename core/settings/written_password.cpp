#include "core/settings/written_password.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace tributary {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view word = "password";

/// `at` is where `://` begins. RFC 3986: the authority ends at `/`, `?` or `#`, its userinfo at the last `@` in it.
std::optional<Hidden> url_password(std::string_view text, std::size_t at) {
    const std::size_t begin = at + 3;
    const std::size_t end = std::min(text.find_first_of("/?# \t\r\n\"'<>", begin), text.size());
    const std::string_view authority = text.substr(begin, end - begin);
    const std::size_t sign = authority.rfind('@');
    if (sign == std::string_view::npos) return std::nullopt;
    const std::size_t colon = authority.substr(0, sign).find(':');
    if (colon == std::string_view::npos || colon + 1 == sign) return std::nullopt;
    return Hidden{begin + colon + 1, begin + sign};
}

/// The value of a `password=` as libpq's connection strings have it, quoted or not.
std::optional<Hidden> pair_value(std::string_view text, std::size_t begin, std::string_view ends) {
    const bool quoted = begin < text.size() && (text[begin] == '\'' || text[begin] == '"');
    std::size_t end = begin + (quoted ? 1 : 0);
    while (end < text.size()) {
        if (quoted ? text[end] == text[begin] : ends.contains(text[end])) break;
        end += text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
    }
    if (end == begin + (quoted ? 1 : 0)) return std::nullopt;
    return Hidden{begin, quoted && end < text.size() ? end + 1 : end};
}

bool starts_password(std::string_view text) {
    return text.size() > word.size() && std::ranges::equal(text.substr(0, word.size()), word, [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) == b;
           });
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view digits = text.substr(i + 1, 2);
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        const bool encoded = text[i] == '%' && error == std::errc() && end == digits.data() + 2;
        out += encoded ? static_cast<char>(byte) : text[i];
        if (encoded) i += 2;
    }
    return out;
}

std::string unquoted(std::string_view text) {
    if (text.size() > 1 && (text[0] == '\'' || text[0] == '"') && text.back() == text[0])
        text = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        out += text[i];
    }
    return out;
}

class PasswordSearch {
  public:
    explicit PasswordSearch(std::string_view text) : text_(text) {}

    std::vector<std::string> run() {
        for (std::size_t at = 0; (at = text_.find("://", at)) != std::string_view::npos; at += 3) in_authority(at + 3);
        for (std::size_t at = 0; at < text_.size(); ++at)
            if (starts_password(text_.substr(at))) in_pair(at + word.size());
        std::ranges::sort(found_);
        const auto [first, last] = std::ranges::unique(found_);
        found_.erase(first, last);
        return std::move(found_);
    }

  private:
    /// libpq lets `?` and `#` stand in a password and ends it at the first `@`, the RFC does neither.
    void in_authority(std::size_t begin) {
        for (const std::string_view ends : {"/ \t\r\n", "/?# \t\r\n"}) {
            const std::string_view authority = text_.substr(begin, text_.find_first_of(ends, begin) - begin);
            const std::size_t colon = authority.find(':');
            for (const std::size_t sign : {authority.find('@'), authority.rfind('@')})
                if (sign != std::string_view::npos && colon < sign)
                    add(authority.substr(colon + 1, sign - colon - 1), percent_decoded);
        }
    }

    /// In libpq's pairs only a blank ends a value; in a URI's query `&` does, in others' pairs `;`.
    void in_pair(std::size_t at) {
        at = text_.find_first_not_of(blanks, at);
        if (at == std::string_view::npos || text_[at] != '=') return;
        const std::size_t begin = std::min(text_.find_first_not_of(blanks, at + 1), text_.size());
        for (const std::string_view ends : {" \t\r\n", " \t\r\n&;"}) {
            const auto value = pair_value(text_, begin, ends);
            if (!value) continue;
            add(text_.substr(value->begin, value->end - value->begin), unquoted);
            add(text_.substr(value->begin, value->end - value->begin), percent_decoded);
        }
    }

    template <typename Meaning>
    void add(std::string_view written, Meaning meaning) {
        if (written.empty()) return;
        found_.emplace_back(written);
        found_.push_back(meaning(written));
    }

    std::string_view text_;
    std::vector<std::string> found_;
};

}  // namespace

std::optional<Hidden> password_at(std::string_view text, std::size_t at) {
    if (text[at] == ':' && text.substr(at, 3) == "://") return url_password(text, at);
    if ((text[at] == 'p' || text[at] == 'P') && starts_password(text.substr(at)) && text[at + word.size()] == '=')
        return pair_value(text, at + word.size() + 1, " \t\r\n&;,\"')");
    return std::nullopt;
}

std::vector<std::string> passwords_in(std::string_view connection) { return PasswordSearch(connection).run(); }

}  // namespace tributary
