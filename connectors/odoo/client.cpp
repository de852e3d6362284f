#include "connectors/odoo/client.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "connectors/kit/http/errors.hpp"
#include "connectors/kit/http/row_stream.hpp"
#include "connectors/odoo/answer.hpp"

namespace tributary::odoo {
Result<Access> Client::access(std::stop_token stop) {
    auto entered = session_->enter(std::move(stop));
    if (!entered) return std::unexpected(entered.error());
    entry_ = std::move(*entered);
    return entry_.access;
}

/// A log-in that ended is found out by the call itself, and the next one logs in again.
Error Client::failed(const Call& call, int status, const Value& body) {
    const Failure failure = failure_in(body, status);
    const std::string what = fmt::format("{} ({}.{})", connection_.describe(), call.model, call.method);
    Error error = failure.name.empty() && failure.message.empty()
                      ? http::status_error(status, fmt::format("{} answered {}", what, status))
                      : judge(failure, what, call.model, settings().account.database);
    if (error.code == "bad_credentials") session_->refused(entry_.number);
    error.what = session_->service().redact(std::move(error.what));
    return error;
}

Result<http::Answer> Client::send(const Call& call, std::stop_token stop) {
    if (auto entered = access(stop); !entered) return std::unexpected(entered.error());
    (void)decoder_.take_shapes();
    auto answer = connection_.open(request_of(call, entry_.access, settings().account), stop);
    if (answer) clock_ = answer->clock;
    if (!answer || answer->status < 300) return answer;
    Arena arena;
    const auto body = read_whole(connection_, answer->status, decoder_, arena, std::move(stop));
    if (!body) return std::unexpected(body.error());
    return std::unexpected(failed(call, answer->status, *body));
}

Result<Client::Rows> Client::rows(const Call& call, const Feed::Limits& limits, Arena& arena, std::stop_token stop) {
    const auto answer = send(call, stop);
    if (!answer) return std::unexpected(answer.error());
    http::RowStream stream(connection_, decoder_, result_of(entry_.access.protocol));
    Rows found;
    const auto ended = stream.read(found.rows, limits, arena, std::move(stop));
    if (!ended) return std::unexpected(ended.error());
    found.all = *ended;
    if (!*ended) connection_.close();
    if (!*ended || stream.found()) return found;
    const auto around = stream.envelope(arena);
    if (!around) return std::unexpected(around.error());
    return std::unexpected(failed(call, answer->status, *around));
}

/// JSON-RPC answers with neither `result` nor `error` where there is nothing to return.
Result<Value> Client::result_in(const Call& call, Value body) {
    if (entry_.access.protocol == Protocol::json_2) return body;
    if (http::find_in(body, {"error"}) != nullptr) return std::unexpected(failed(call, 200, body));
    const Value* const found = http::find_in(body, {"result"});
    return found == nullptr ? Value::null() : *found;
}

Result<Value> Client::object(const Call& call, Arena& arena, std::stop_token stop) {
    const auto answer = send(call, stop);
    if (!answer) return std::unexpected(answer.error());
    const auto body = read_whole(connection_, answer->status, decoder_, arena, std::move(stop));
    if (!body) return std::unexpected(body.error());
    auto result = result_in(call, *body);
    if (!result || result->kind == Kind::object) return result;
    return std::unexpected(connection_.fault(Verdict::stop, "no_object", call.method + " gives no object"));
}

/// JSON-2 answers with the bare number, which is no list and no object.
Result<Value> Client::scalar(const Call& call, int status, Arena& arena, std::stop_token stop) {
    if (entry_.access.protocol == Protocol::json_rpc) {
        auto body = read_whole(connection_, status, decoder_, arena, std::move(stop));
        return body ? result_in(call, *body) : body;
    }
    const auto text = connection_.read(std::move(stop));
    if (!text) return std::unexpected(text.error());
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    return error == std::errc() && end != text->data() ? Value::of(value) : Value::null();
}

Result<std::int64_t> Client::number(const Call& call, std::stop_token stop) {
    const auto answer = send(call, stop);
    if (!answer) return std::unexpected(answer.error());
    Arena arena;
    const auto result = scalar(call, answer->status, arena, std::move(stop));
    if (!result) return std::unexpected(result.error());
    if (result->kind == Kind::integer) return result->integer;
    return std::unexpected(connection_.fault(Verdict::stop, "no_number", call.method + " gives no number"));
}

}  // namespace tributary::odoo
