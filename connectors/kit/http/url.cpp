#include "connectors/kit/http/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace tributary::http {
namespace {

struct Cleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
};
using Handle = std::unique_ptr<CURLU, Cleanup>;

constexpr unsigned parse_flags = CURLU_DISALLOW_USER | CURLU_URLENCODE;

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, Cleanup> owned(text);
    return text;
}

std::unexpected<Error> bad_url(std::string_view why) {
    return fail(Verdict::stop, "bad_url", "this is no address of an API: " + std::string(why));
}

Result<Url> parts(CURLU* url) {
    Url parsed{.scheme = part(url, CURLUPART_SCHEME),
               .host = part(url, CURLUPART_HOST),
               .port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT),
               .path = part(url, CURLUPART_PATH),
               .query = part(url, CURLUPART_QUERY)};
    if (parsed.scheme != "http" && parsed.scheme != "https") return bad_url("expected http:// or https://");
    if (parsed.host.empty()) return bad_url("it names no host");
    std::ranges::transform(parsed.host, parsed.host.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    if (parsed.path.empty()) parsed.path = "/";
    return parsed;
}

/// curl reads C strings: what is behind a NUL would be lost without a word.
Result<Handle> read_into(Handle url, std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return bad_url("it holds a NUL");
    const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), parse_flags);
    if (code == CURLUE_USER_NOT_ALLOWED) return bad_url("user and password have options of their own");
    if (code != CURLUE_OK) return bad_url(curl_url_strerror(code));
    return url;
}

bool is_default_port(const Url& url) { return url.port == (url.scheme == "https" ? "443" : "80"); }

}  // namespace

std::string Url::text() const {
    return scheme + "://" + host + (is_default_port(*this) ? "" : ":" + port) + path +
           (query.empty() ? "" : "?" + query);
}

std::string Url::origin() const { return scheme + "://" + host + ":" + port; }

Result<Url> parse_url(std::string_view text) {
    if (!text.starts_with("http://") && !text.starts_with("https://")) return bad_url("expected http:// or https://");
    auto url = read_into(Handle(curl_url()), text);
    if (!url) return std::unexpected(url.error());
    return parts(url->get());
}

Result<Url> resolve(const Url& base, std::string_view reference) {
    auto url = read_into(Handle(curl_url()), base.text());
    if (url) url = read_into(std::move(*url), reference);
    if (!url) return std::unexpected(url.error());
    return parts(url->get());
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view marks = "-._~";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           marks.find(c) != std::string_view::npos;
        if (plain) {
            encoded += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return encoded;
}

std::string encoded_query(const Query& query) {
    std::string text;
    for (const auto& [name, value] : query)
        text += (text.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
    return text;
}

Url below(const Url& base, std::string_view path, const Query& query) {
    Url url = base;
    const std::size_t mark = path.find('?');
    const std::string_view own_query = mark == std::string_view::npos ? "" : path.substr(mark + 1);
    path = path.substr(0, mark);
    if (!path.empty()) {
        if (url.path.ends_with('/')) url.path.pop_back();
        if (!path.starts_with('/')) url.path += '/';
        url.path += path;
    }
    const auto append = [&](std::string_view more) {
        if (more.empty()) return;
        if (!url.query.empty()) url.query += '&';
        url.query += more;
    };
    append(own_query);
    append(encoded_query(query));
    return url;
}

}  // namespace tributary::http
