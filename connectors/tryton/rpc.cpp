#include "connectors/tryton/rpc.hpp"

#include <chrono>
#include <iterator>
#include <utility>

#include "connectors/tryton/errors.hpp"
#include "connectors/tryton/question.hpp"
#include "core/model/json_text.hpp"

namespace tributary::tryton {
namespace {

constexpr std::size_t most_answer = std::size_t{16} << 20;  ///< Of a call that brings no rows.
constexpr std::chrono::seconds refused_for{90};

http::Request request_for(std::string_view method, std::string_view params) {
    return {.method = "POST", .target = "/", .body = call_body(method, params)};
}

/// `[uid, key]`, later versions say more behind it.
std::optional<std::string> session_of(const Value& answer, const std::string& user) {
    const Value* const result = http::find_in(answer, {"result"});
    if (result == nullptr || result->kind != Kind::list || result->size < 2) return std::nullopt;
    const Value& id = result->elements[0];
    const Value& key = result->elements[1];
    if (id.kind != Kind::integer || key.kind != Kind::text) return std::nullopt;
    return "Session " + encode_base64(user + ":" + std::to_string(id.integer) + ":" + std::string(key.view()));
}

Result<http::Login> start_session(http::Connection& via, const std::string& user, const std::string& password,
                                  std::stop_token stop) {
    http::Request request =
        request_for("common.db.login", "[" + json_text(user) + ",{\"password\":" + json_text(password) + "}]");
    request.sign = false;
    auto text = via.text(request, 64 * 1024, std::move(stop));
    if (!text) {
        Error error = text.error();
        if (error.code == "not_found") error.what += "; does `url` end with the name of a database that is there?";
        return std::unexpected(std::move(error));
    }
    Arena arena;
    http::JsonDecoder decoder;  // owns the shapes
    const auto answer = decoder.decode({text->data(), text->size()}, arena);
    if (!answer) return std::unexpected(via.fault(Verdict::retry, "bad_json", "the answer to the log-in is no JSON"));
    if (auto session = session_of(*answer, user)) return http::Login{.headers = {{"Authorization", *session}}};
    if (const Value* const error = http::find_in(*answer, {"error"})) {
        const Error told = judge(*error);
        return std::unexpected(via.fault(told.verdict, told.code, told.what));
    }
    return std::unexpected(via.fault(Verdict::retry, "bad_credentials", "user or password are wrong"));
}

}  // namespace

http::LogIn log_in(std::string user, std::string password) {
    return http::patient(
        [user = std::move(user), password = std::move(password)](http::Connection& via, std::stop_token stop) {
            return start_session(via, user, password, std::move(stop));
        },
        refused_for);
}

Error Rpc::told(const Value& error) const {
    const Error judged = judge(error);
    return connection_.fault(judged.verdict, judged.code, judged.what);
}

Result<void> Rpc::open(std::string_view method, std::string_view params, std::stop_token stop) {
    const auto answer = connection_.open(request_for(method, params), std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    clock_.saw(answer->clock);
    return {};
}

Result<Value> Rpc::call(std::string_view method, std::string_view params, Arena& arena, std::stop_token stop) {
    if (auto opened = open(method, params, stop); !opened) return std::unexpected(opened.error());
    auto text = connection_.text(most_answer, std::move(stop));
    if (!text) return std::unexpected(text.error());
    const auto answer = json_.decode({text->data(), text->size()}, arena);
    if (!answer || answer->kind != Kind::object)
        return std::unexpected(connection_.fault(Verdict::retry, "bad_json", "the answer is no JSON object"));
    if (const Value* const failed = http::find_in(*answer, {"error"}); failed && !failed->is_null())
        return std::unexpected(told(*failed));
    const Value* const value = http::find_in(*answer, {"result"});
    return value == nullptr ? Value::null() : decoder_.decode(*value, arena);
}

Result<void> Rpc::rows(std::string_view model, std::string_view params, const Feed::Limits& limits, Arena& arena,
                       api::Answer& answer, std::stop_token stop) {
    if (auto opened = open("model." + std::string(model) + ".search_read", params, stop); !opened) return opened;
    http::RowStream stream(connection_, json_, {"result"});
    std::vector<Value> rows;
    const auto ended = stream.read(rows, limits, arena, stop);
    if (!ended) return std::unexpected(ended.error());
    if (*ended && !stream.found()) {
        const auto around = stream.envelope(arena);
        if (!around) return std::unexpected(around.error());
        const Value* const failed = http::find_in(*around, {"error"});
        return std::unexpected(failed != nullptr ? told(*failed) : stream.rows_not_found());
    }
    connection_.close();
    for (const Value& row : rows) answer.rows.push_back(decoder_.decode(row, arena));
    answer.full = answer.full || !*ended;
    std::ranges::move(json_.take_shapes(), std::back_inserter(answer.shapes));
    std::ranges::move(decoder_.take_shapes(), std::back_inserter(answer.shapes));
    return {};
}

}  // namespace tributary::tryton
