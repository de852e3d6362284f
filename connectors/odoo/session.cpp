#include "connectors/odoo/session.hpp"

#include <fmt/format.h>

#include <utility>

#include "connectors/kit/http/connection.hpp"
#include "connectors/odoo/answer.hpp"
#include "connectors/odoo/errors.hpp"
#include "core/model/json_text.hpp"

namespace tributary::odoo {
namespace {

/// What a reverse proxy, or a version that has no JSON-RPC any longer, answers in place of it.
bool says_no_rpc(const Error& error) {
    return error.code == "not_found" || error.code == "no_right" || error.code == "bad_request";
}

constexpr int first_with_json_2 = 19;

}  // namespace

std::string OdooSettings::context() const {
    std::string json = R"({"active_test":false)";
    if (!language.empty()) json += ",\"lang\":" + json_text(language);
    if (companies.empty()) return json + '}';
    json += ",\"allowed_company_ids\":[";
    for (std::size_t i = 0; i < companies.size(); ++i) json += (i == 0 ? "" : ",") + std::to_string(companies[i]);
    return json + "]}";
}

Session::Session(OdooSettings settings)
    : settings_(std::move(settings)),
      service_(settings_.client, http::patient([this](http::Connection& via, const std::stop_token& stop) {
                   return find_way_in(via, stop);
               })) {}

Result<Session::Entry> Session::enter(std::stop_token stop) {
    const auto signature = service_.signature(std::move(stop));
    if (!signature) return std::unexpected(signature.error());
    const std::lock_guard lock(mutex_);
    return Entry{access_, signature->number};
}

Result<http::Login> Session::find_way_in(http::Connection& via, const std::stop_token& stop) {
    Access access;
    const auto release = release_of(via, stop);
    const bool has_rpc = release.has_value();
    if (!has_rpc && (settings_.protocol == Protocol::json_rpc || !says_no_rpc(release.error())))
        return std::unexpected(release.error());
    if (has_rpc) access.release = *release;
    access.version = major_version(access.release);
    const bool may_have_json_2 = !has_rpc || access.version >= first_with_json_2;
    const bool or_rpc = settings_.protocol != Protocol::json_2 && has_rpc && can_use_rpc();
    if (settings_.protocol == Protocol::json_2 || (!settings_.protocol && may_have_json_2)) {
        const auto taken = takes_key(via, stop);
        if (!taken && (!or_rpc || taken.error().verdict == Verdict::retry)) return std::unexpected(taken.error());
        if (taken && *taken)
            access.protocol = Protocol::json_2;
        else if (!or_rpc)
            return std::unexpected(bad_credentials(
                via.describe() + ": the API key is not taken; JSON-2 takes keys alone, and no password" +
                (settings_.account.database.empty() ? ": with one, give `database` too" : "")));
    }
    if (access.protocol == Protocol::json_rpc) {
        const auto user = authenticate(via, stop);
        if (!user) return std::unexpected(user.error());
        access.user = *user;
    }
    const std::lock_guard lock(mutex_);
    access_ = access;
    return http::Login{access.protocol == Protocol::json_2 ? key_headers() : std::vector<http::Header>{}};
}

Result<std::string> Session::release_of(http::Connection& via, const std::stop_token& stop) const {
    Arena arena;
    http::JsonDecoder decoder;
    const auto answer = ask(via, version_request(), decoder, arena, stop);
    if (!answer) return std::unexpected(answer.error());
    const Value* const release = http::find_in(answer->body, {"result", "server_version"});
    if (release == nullptr || release->kind != Kind::text)
        return std::unexpected(via.fault(Verdict::stop, "no_odoo", "no version of Odoo: is `url` that of the server?"));
    return std::string(release->view());
}

std::vector<http::Header> Session::key_headers() const {
    std::vector<http::Header> headers{{"Authorization", "bearer " + settings_.account.secret}};
    if (!settings_.account.database.empty()) headers.push_back({"X-Odoo-Database", settings_.account.database});
    return headers;
}

/// By a call that costs nothing and needs no right; only 401 says that the key is none. False: it is not taken.
Result<bool> Session::takes_key(http::Connection& via, std::stop_token stop) const {
    http::Request request =
        request_of({"res.users", "fields_get", {{"allfields", R"(["login"])"}, {"attributes", R"(["type"])"}}},
                   {.protocol = Protocol::json_2}, settings_.account);
    request.headers = key_headers();
    request.sign = false;
    Arena arena;
    http::JsonDecoder decoder;
    const auto answer = ask(via, request, decoder, arena, std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 404 && answer->body.kind != Kind::object)
        return fail(Verdict::stop, "no_database",
                    via.describe() +
                        " answered 404: JSON-2 (Odoo 19 and later) is not there, or the server has no database " +
                        (settings_.account.database.empty() ? "for it; set `database` to its name"
                                                            : "'" + settings_.account.database + "'"));
    if (answer->status >= 500)
        return std::unexpected(
            judge(failure_in(answer->body, answer->status), via.describe(), "res.users", settings_.account.database));
    return answer->status != 401;
}

Result<std::int64_t> Session::authenticate(http::Connection& via, std::stop_token stop) const {
    if (!can_use_rpc())
        return fail(Verdict::stop, "bad_settings",
                    "JSON-RPC needs `database`, `user` and `password`; JSON-2 (Odoo 19 and later) an API key");
    Arena arena;
    http::JsonDecoder decoder;
    const auto answer = ask(via, authenticate_request(settings_.account), decoder, arena, std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    const Value* const user = http::find_in(answer->body, {"result"});
    if (user == nullptr)
        return std::unexpected(
            judge(failure_in(answer->body, answer->status), via.describe(), {}, settings_.account.database));
    if (user->kind == Kind::integer) return user->integer;
    return std::unexpected(bad_credentials(fmt::format("{}: the database '{}' does not take this user and password",
                                                       via.describe(), settings_.account.database)));
}

}  // namespace tributary::odoo
