#include "connectors/odoo/wire.hpp"

#include <charconv>

#include "connectors/kit/http/row_scanner.hpp"
#include "core/model/json_text.hpp"

namespace tributary::odoo {
namespace {

std::string object_of(const std::vector<std::pair<std::string_view, std::string>>& members) {
    std::string json = "{";
    for (const auto& [name, value] : members) {
        if (json.size() > 1) json += ',';
        json += json_text(name) + ':' + value;
    }
    return json + '}';
}

http::Request rpc(std::string_view service, std::string_view method, const std::string& args) {
    return {.method = "POST",
            .target = "/jsonrpc",
            .body = R"({"jsonrpc":"2.0","id":1,"method":"call","params":{"service":)" + json_text(service) +
                    ",\"method\":" + json_text(method) + ",\"args\":" + args + "}}",
            .sign = false};
}

}  // namespace

std::string json_texts(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
        if (json.size() > 1) json += ',';
        json += json_text(text);
    }
    return json + ']';
}

Call count_of(const std::string& model, const std::string& domain, const std::string& context, int version) {
    constexpr int first_to_say_domain = 16;
    const bool older = version > 0 && version < first_to_say_domain;
    return {model, "search_count", {{older ? "args" : "domain", domain}, {"context", context}}};
}

http::Request request_of(const Call& call, const Access& access, const Account& account) {
    if (access.protocol == Protocol::json_2)
        return {.method = "POST",
                .target = "/json/2/" + call.model + "/" + call.method,
                .body = object_of(call.arguments),
                // their bodies say what is wrong: judge() tells the permanent ones from those that pass
                .good = {400, 401, 403, 404, 422, 500}};
    http::Request request =
        rpc("object", "execute_kw",
            "[" + json_text(account.database) + ',' + std::to_string(access.user) + ',' + json_text(account.secret) +
                ',' + json_text(call.model) + ',' + json_text(call.method) + ",[]," + object_of(call.arguments) + ']');
    request.sign = true;
    return request;
}

http::Request version_request() { return rpc("common", "version", "[]"); }

http::Request authenticate_request(const Account& account) {
    return rpc(
        "common", "authenticate",
        "[" + json_text(account.database) + ',' + json_text(account.user) + ',' + json_text(account.secret) + ",{}]");
}

http::Pointer result_of(Protocol protocol) {
    return protocol == Protocol::json_rpc ? http::Pointer{"result"} : http::Pointer{};
}

int major_version(std::string_view release) {
    const auto digit = release.find_first_of("0123456789");
    if (digit == std::string_view::npos) return 0;
    int version = 0;
    std::from_chars(release.data() + digit, release.data() + release.size(), version);
    return version;
}

}  // namespace tributary::odoo
