#include "connectors/kit/http/oauth2.hpp"

#include <rapidjson/document.h>

#include <utility>

#include "connectors/kit/http/connection.hpp"

namespace tributary::http {
namespace {

constexpr std::size_t most_answer = 64 * 1024;

}  // namespace

Result<Login> client_credentials(const OAuth2& way, Connection& via, std::stop_token stop) {
    Query form{{"grant_type", "client_credentials"}};
    form.insert(form.end(), way.parameters.begin(), way.parameters.end());
    Request request{.method = "POST",
                    .target = way.token_url.text(),
                    .content_type = "application/x-www-form-urlencoded",
                    .sign = false,
                    .any_host = true};
    if (way.in_body) {
        form.emplace_back("client_id", way.client_id);
        form.emplace_back("client_secret", way.client_secret);
    } else {
        // both are form-encoded before they become user and password (RFC 6749, 2.3.1)
        request.basic = {percent_encoded(way.client_id), percent_encoded(way.client_secret)};
    }
    request.body = encoded_query(form);
    const auto text = via.text(request, most_answer, std::move(stop));
    // a wrong secret is 400 or 401; both are put right on either side, without a word to this process
    if (!text && (text.error().code == "bad_request" || text.error().code == "bad_credentials"))
        return fail(Verdict::retry, "bad_credentials", text.error().what);
    if (!text) return std::unexpected(text.error());
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(text->data(), text->size());
    const auto has_token = [&] {
        return !json.HasParseError() && json.IsObject() && json.HasMember("access_token") &&
               json["access_token"].IsString();
    };
    if (!has_token())
        return fail(Verdict::retry, "bad_token_answer", via.describe() + ": the answer holds no access_token");
    Login login{.headers = {{"Authorization", "Bearer " + std::string(json["access_token"].GetString())}}};
    if (json.HasMember("expires_in") && json["expires_in"].IsInt64())
        login.lasts = std::chrono::seconds(std::max<std::int64_t>(1, json["expires_in"].GetInt64()));
    return login;
}

}  // namespace tributary::http
