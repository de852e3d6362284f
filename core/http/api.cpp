#include "core/http/api.hpp"

#include <charconv>
#include <optional>

#include "core/status/line.hpp"
#include "core/status/status_json.hpp"

namespace tributary {

namespace {

struct Target {
    std::string_view path;
    std::string_view query;
};

Target split(std::string_view target) {
    const auto mark = target.find('?');
    if (mark == std::string_view::npos) return {target, {}};
    return {target.substr(0, mark), target.substr(mark + 1)};
}

/// True for `name`, `name=value` among the parameters; an empty `value` stands for any.
bool asks(std::string_view query, std::string_view name, std::string_view value = {}) {
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view one = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        const auto equals = one.find('=');
        const auto given = equals == std::string_view::npos ? std::string_view{} : one.substr(equals + 1);
        if (one.substr(0, equals) == name && (value.empty() || given == value)) return true;
    }
    return false;
}

/// RFC 3986 percent-encoding; nothing when it is broken.
std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        unsigned byte = 0;
        if (text.size() - i < 3) return std::nullopt;
        const auto [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
        if (error != std::errc{} || end != text.data() + i + 3) return std::nullopt;
        out += static_cast<char>(byte);
        i += 2;
    }
    return out;
}

HttpResponse json_answer(bool good, std::string body) { return {.status = good ? 200 : 503, .body = std::move(body)}; }

HttpResponse not_found() {
    return http_error(404, "not_found",
                      "there are /livez /readyz /healthz /metrics /version /v1/sources /v1/sources/{name}/status");
}

}  // namespace

HttpResponse http_error(int status, std::string_view code, std::string_view what) {
    std::string body = "{\"error\":{\"code\":";
    append_json_text(body, code);
    body += ",\"what\":";
    append_json_text(body, what);
    body += "}}";
    return {.status = status, .body = std::move(body)};
}

HttpResponse StatusApi::answer(const HttpRequest& request) const {
    if (request.method != "GET" && request.method != "HEAD")
        return http_error(405, "read_only", "only GET and HEAD are answered here");
    const auto [path, query] = split(request.target);
    const Snapshot snapshot = board_.snapshot();
    if (path == "/metrics")
        return {.type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_.text(snapshot, limits_)};
    const StatusJson json(snapshot, limits_, redact_);
    if (path == "/livez") return json_answer(json.health().live, json.live());
    if (path == "/readyz") return json_answer(json.health().ready, json.ready(asks(query, "verbose")));
    if (path == "/healthz") return json_answer(json.health().ready, json.summary());
    if (path == "/version") return {.body = json.version()};
    if (path == "/v1/sources") return {.body = json.sources(asks(query, "expand", "status"))};
    if (path.starts_with("/v1/sources/")) return source(path, json);
    return not_found();
}

HttpResponse StatusApi::source(std::string_view path, const StatusJson& json) const {
    path.remove_prefix(std::string_view("/v1/sources/").size());
    if (!path.ends_with("/status")) return not_found();
    path.remove_suffix(std::string_view("/status").size());
    const auto name = decoded(path);
    if (!name) return http_error(400, "bad_request", "the name is not percent-encoded as RFC 3986 says");
    std::string body = json.source(*name);
    if (body.empty()) return http_error(404, "no_such_source", "no source of that name is configured");
    return {.body = std::move(body)};
}

}  // namespace tributary
