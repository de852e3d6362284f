#include "core/settings/redact.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "core/settings/written_password.hpp"

namespace tributary {
namespace {

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
