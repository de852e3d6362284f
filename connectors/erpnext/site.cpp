#include "connectors/erpnext/site.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "connectors/erpnext/failures.hpp"
#include "connectors/kit/http/row_stream.hpp"

namespace tributary::erpnext {
namespace {

/// More than any refusal without its traceback; of one with it, what decides stands in front.
constexpr std::size_t most_refusal = 256 * 1024;

constexpr std::array judged{400, 403, 404, 409, 417, 500};

}  // namespace

http::ClientSettings with_token(http::ClientSettings settings) {
    const bool in_two = !settings.user.empty() && !settings.password.empty();
    // any other token is a bearer's: of OAuth
    if (!in_two && !settings.token.contains(':')) return settings;
    std::string value = "token " + (in_two ? settings.user + ":" + settings.password : settings.token);
    settings.secrets.push_back(value);
    settings.headers.push_back({"Authorization", std::move(value)});
    settings.user.clear();
    settings.password.clear();
    settings.token.clear();
    return settings;
}

Result<http::Answer> Site::call(const std::string& method, std::string body, const std::string& about,
                                std::stop_token stop) {
    const http::Request request{.method = "POST",
                                .target = "/api/method/" + method,
                                .body = std::move(body),
                                .good = {judged.begin(), judged.end()}};
    auto answer = connection_.open(request, stop);
    if (!answer || answer->status < 300) return answer;
    std::string refusal;
    while (refusal.size() < most_refusal) {
        const auto bytes = connection_.read(stop);
        if (!bytes) return std::unexpected(bytes.error());
        if (bytes->empty()) break;
        refusal.append(bytes->data(), bytes->size());
    }
    Error error =
        judge(read_failure(answer->status, refusal), connection_.describe() + (about.empty() ? "" : " about " + about));
    error.what = connection_.service().redact(std::move(error.what));
    connection_.close();
    return std::unexpected(std::move(error));
}

Result<bool> Site::list(const ListQuery& query, const Feed::Limits& limits, std::vector<Value>& rows, Arena& arena,
                        std::stop_token stop) {
    const std::size_t before = rows.size();
    const auto answer = call("frappe.client.get_list", query.body(), query.doctype, stop);
    if (!answer) return std::unexpected(answer.error());
    clock_ = answer->clock;
    http::RowStream stream(connection_, decoder_, {"message"});
    const auto ended = stream.read(rows, limits, arena, std::move(stop));
    if (!ended) return std::unexpected(ended.error());
    if (*ended && !stream.found()) return std::unexpected(stream.rows_not_found());
    for (std::size_t i = before; i < rows.size(); ++i)
        if (rows[i].kind != Kind::object)
            return std::unexpected(
                connection_.fault(Verdict::stop, "rows_not_objects", "the elements of the list are no objects"));
    shapes_ = decoder_.take_shapes();
    connection_.close();
    return *ended;
}

Result<Value> Site::envelope(Arena& arena, std::stop_token stop) {
    auto envelope = http::read_value(connection_, decoder_, arena, std::move(stop));
    shapes_ = decoder_.take_shapes();
    if (envelope && envelope->kind != Kind::object)
        return std::unexpected(connection_.fault(Verdict::stop, "no_message", "the answer is no object"));
    return envelope;
}

Result<std::int64_t> Site::count(const std::string& doctype, const Filters& filters, std::stop_token stop) {
    const auto answer = call("frappe.client.get_count", count_body(doctype, filters), doctype, stop);
    if (!answer) return std::unexpected(answer.error());
    Arena arena;
    const auto around = envelope(arena, std::move(stop));
    if (!around) return std::unexpected(around.error());
    const Value* const count = http::find_in(*around, {"message"});
    if (count != nullptr && count->kind == Kind::integer) return count->integer;
    return std::unexpected(connection_.fault(Verdict::stop, "no_count", "the answer is no number"));
}

Result<Site::Now> Site::now(std::stop_token stop) {
    const auto answer = call("frappe.client.get_time_zone", "{}", "", stop);
    if (!answer) return std::unexpected(answer.error());
    if (answer->clock == no_time)
        return std::unexpected(connection_.fault(Verdict::stop, "no_clock", "the answer has no Date"));
    Arena arena;
    const auto around = envelope(arena, std::move(stop));
    if (!around) return std::unexpected(around.error());
    return Now{answer->clock, std::string(http::text_in(*around, {"message", "time_zone"}))};
}

}  // namespace tributary::erpnext
