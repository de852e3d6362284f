#include "connectors/kit/http/errors.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace tributary::http {
namespace {

constexpr std::size_t most_excerpt = 200;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Behind the string that begins at `at`; the end of the text when it does not end.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (++at; at < text.size(); ++at) {
        if (text[at] == '\\')
            ++at;
        else if (text[at] == '"')
            return at + 1;
    }
    return text.size();
}

bool is_name(std::string_view text, std::size_t end) {
    while (end < text.size() && is_blank(text[end])) ++end;
    return end < text.size() && text[end] == ':';
}

std::string without_values(std::string_view text) {
    std::string masked;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == '"') {
            const std::size_t end = string_end(text, at);
            masked += is_name(text, end) ? std::string(text.substr(at, end - at)) : "\"*\"";
            at = end;
        } else if (text[at] == '-' || std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
            masked += '*';
            while (at < text.size() && std::string_view("+-.0123456789eE").contains(text[at])) ++at;
        } else {
            masked += text[at++];
        }
    }
    return masked;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        if (!control && c != ' ')
            line += c;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
        if (line.size() == most_excerpt) break;
    }
    // not in the middle of a character
    while (text.size() > line.size() && !line.empty() && (static_cast<unsigned char>(line.back()) & 0xc0U) == 0x80)
        line.pop_back();
    if (!line.empty() && static_cast<unsigned char>(line.back()) >= 0xc0) line.pop_back();
    return line;
}

/// curl names the file, and has the same words for whatever may be wrong with it.
std::string with_advice(CURLcode code, std::string what) {
    if (code == CURLE_SSL_CACERT_BADFILE) return what + "; `tls.ca` must be a file of certificates (PEM)";
    if (code != CURLE_SSL_CERTPROBLEM) return what;
    if (what.contains("private key"))
        return what +
               "; `tls.key` must be the key (PEM) of `tls.certificate`, and `tls.key_password` its password if it has "
               "one";
    return what + "; `tls.certificate` must be a file with a certificate (PEM)";
}

}  // namespace

Error status_error(int status, std::string what) {
    if (status == 401) return {Verdict::retry, "bad_credentials", std::move(what)};
    if (status == 403) return {Verdict::stop, "no_right", std::move(what)};
    if (status == 404 || status == 410) return {Verdict::stop, "not_found", std::move(what)};
    if (status == 429) return {Verdict::retry, "rate_limited", std::move(what)};
    if (status == 407) return {Verdict::retry, "bad_proxy_credentials", std::move(what)};
    if (status == 408 || status == 425 || status >= 500) return {Verdict::retry, "server_failed", std::move(what)};
    if (status < 400) return {Verdict::stop, "bad_redirect", std::move(what)};
    return {Verdict::stop, "bad_request", std::move(what)};
}

std::string_view reason_of(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized; user, password or token are wrong";
        case 403:
            return "Forbidden; a right is missing";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 407:
            return "Proxy Authentication Required; user or password of the proxy are missing or wrong";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return status >= 500 ? "the server failed" : "the request was refused";
    }
}

Error tunnel_error(int status, std::string_view what) {
    // 401 is what tinyproxy answers to a wrong password
    if (status == 407 || status == 401)
        return {Verdict::retry, "bad_proxy_credentials",
                std::string(what) + "; user or password of the proxy are missing or wrong"};
    return {Verdict::retry, "proxy_refused", std::string(what) + "; the proxy does not connect to the source"};
}

std::optional<Error> client_certificate_error(std::string_view said) {
    const bool alert = said.contains(" alert ") && (said.contains("certificate") || said.contains("unknown ca"));
    const bool page =
        said.contains("No required SSL certificate was sent") || said.contains("The SSL certificate error");
    if (!alert && !page) return std::nullopt;
    return Error{Verdict::retry, "bad_client_certificate",
                 "the server wants a client certificate, or does not take this one: `tls.certificate`"};
}

Error transfer_error(CURLcode code, std::string what) {
    if (auto error = client_certificate_error(what)) {
        error->what += "; " + what;
        return *error;
    }
    what = with_advice(code, std::move(what));
    switch (code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
            return {Verdict::stop, "bad_certificate", std::move(what)};
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_SSL_CIPHER:
            return {Verdict::stop, "bad_tls_settings", std::move(what)};
        // schemes were looked at before: it is the answer that is of no version
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_WEIRD_SERVER_REPLY:
            return {Verdict::retry, "not_http", std::move(what)};
        case CURLE_URL_MALFORMAT:
            return {Verdict::stop, "bad_url", std::move(what)};
        case CURLE_OPERATION_TIMEDOUT:
            return {Verdict::retry, "timed_out", std::move(what)};
        case CURLE_PARTIAL_FILE:
            return {Verdict::retry, "truncated", std::move(what)};
        case CURLE_BAD_CONTENT_ENCODING:
            return {Verdict::retry, "bad_encoding", std::move(what)};
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_CONNECT:
        case CURLE_PROXY:
            return {Verdict::retry, "unreachable", std::move(what)};
        default:
            return {Verdict::retry, "connection_lost", std::move(what)};
    }
}

std::string excerpt(std::string_view body, bool masked) {
    while (!body.empty() && is_blank(body.front())) body.remove_prefix(1);
    body = body.substr(0, 16 * most_excerpt);
    const bool json = body.starts_with('{') || body.starts_with('[');
    return one_line(masked && json ? without_values(body) : std::string(body));
}

std::chrono::microseconds pause_of(std::int64_t retry_after_seconds) {
    return std::chrono::seconds(std::clamp<std::int64_t>(retry_after_seconds, 0, 3'600));
}

}  // namespace tributary::http
