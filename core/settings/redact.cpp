#include "core/settings/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace tributary {
namespace {

/// A part of a text that must not be shown: [begin, end).
struct Hidden {
    std::size_t begin;
    std::size_t end;
};

std::string as_in_json(std::string_view secret) {
    std::string out;
    for (const char c : secret) {
        if (c == '"' || c == '\\')
            out += {'\\', c};
        else if (c == '\n')
            out += "\\n";
        else if (c == '\r')
            out += "\\r";
        else if (c == '\t')
            out += "\\t";
        else
            out += c;
    }
    return out;
}

std::string as_in_url(std::string_view secret) {
    std::string out;
    for (const char c : secret) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || std::string_view("-._~").contains(c))
            out += c;
        else
            out += fmt::format("%{:02X}", byte);
    }
    return out;
}

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

/// `at` is where `password=` begins; the value as libpq's connection strings have it, quoted or not.
std::optional<Hidden> written_password(std::string_view text, std::size_t at) {
    const std::size_t begin = at + std::string_view("password=").size();
    const bool quoted = begin < text.size() && (text[begin] == '\'' || text[begin] == '"');
    std::size_t end = begin + (quoted ? 1 : 0);
    while (end < text.size()) {
        if (quoted ? text[end] == text[begin] : std::string_view(" \t\r\n&;,\"')").contains(text[end])) break;
        end += text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
    }
    if (end == begin + (quoted ? 1 : 0)) return std::nullopt;
    return Hidden{begin, quoted && end < text.size() ? end + 1 : end};
}

bool starts_password(std::string_view text) {
    constexpr std::string_view word = "password=";
    return text.size() > word.size() && std::ranges::equal(text.substr(0, word.size()), word, [](char a, char b) {
               return std::tolower(static_cast<unsigned char>(a)) == b;
           });
}

std::optional<Hidden> password_at(std::string_view text, std::size_t at) {
    if (text[at] == ':' && text.substr(at, 3) == "://") return url_password(text, at);
    if ((text[at] == 'p' || text[at] == 'P') && starts_password(text.substr(at))) return written_password(text, at);
    return std::nullopt;
}

}  // namespace

Redactor::Redactor(const std::vector<std::string>& secrets) {
    for (const std::string& secret : secrets) {
        add(secret);
        add(as_in_json(secret));
        add(as_in_url(secret));
        if (!secret.contains('\n')) continue;
        for (std::size_t begin = 0; begin < secret.size();) {
            const std::size_t end = std::min(secret.find('\n', begin), secret.size());
            add(secret.substr(begin, end - begin));
            begin = end + 1;
        }
    }
    std::ranges::sort(secrets_,
                      [](const auto& a, const auto& b) { return a.size() != b.size() ? a.size() > b.size() : a < b; });
    const auto [first, last] = std::ranges::unique(secrets_);
    secrets_.erase(first, last);
}

void Redactor::add(std::string secret) {
    if (secret.size() < least_bytes) return;
    first_bytes_.set(static_cast<unsigned char>(secret[0]));
    secrets_.push_back(std::move(secret));
}

std::size_t Redactor::secret_length(std::string_view text) const {
    if (!first_bytes_.test(static_cast<unsigned char>(text[0]))) return 0;
    for (const std::string& secret : secrets_)
        if (text.starts_with(secret)) return secret.size();
    return 0;
}

bool Redactor::touches(std::string_view text) const {
    for (std::size_t i = 0; i < text.size(); ++i)
        if (secret_length(text.substr(i)) > 0 || password_at(text, i)) return true;
    return false;
}

std::string Redactor::redact(std::string text) const {
    if (!touches(text)) return text;
    // Secrets may overlap, and whatever one of them covers is hidden: matching goes on inside a match.
    std::string out;
    std::size_t hidden_to = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        Hidden part{i, i + secret_length(std::string_view(text).substr(i))};
        if (part.end == i && i >= hidden_to) part = password_at(text, i).value_or(part);
        if (part.end > part.begin && part.begin >= hidden_to) {
            out.append(text, i, part.begin - i).append("***");
            hidden_to = part.end;
            i = part.begin;
        } else if (part.end > part.begin) {
            hidden_to = std::max(hidden_to, part.end);
        } else if (i >= hidden_to) {
            out += text[i];
        }
    }
    return out;
}

}  // namespace tributary
