#include "connectors/odoo/answer.hpp"

#include <limits>

#include "connectors/kit/http/row_stream.hpp"

namespace tributary::odoo {

/// What is around rows that are nowhere is everything, and its size and depth are looked at on the way.
Result<Value> read_whole(http::Connection& connection, int status, http::JsonDecoder& decoder, Arena& arena,
                         std::stop_token stop) {
    http::RowStream stream(connection, decoder, {"no such member"});
    constexpr std::size_t all = std::numeric_limits<std::size_t>::max() / 2;
    std::vector<Value> none;
    const auto read = stream.read(none, {.rows = all, .bytes = all}, arena, std::move(stop));
    auto body = read ? stream.envelope(arena) : Result<Value>(std::unexpected(read.error()));
    if (body || status < 300 || body.error().code == "stopped") return body;
    return Value::null();
}

Result<Answered> ask(http::Connection& via, const http::Request& request, http::JsonDecoder& decoder, Arena& arena,
                     std::stop_token stop) {
    const auto opened = via.open(request, stop);
    if (!opened) return std::unexpected(opened.error());
    const auto body = read_whole(via, opened->status, decoder, arena, std::move(stop));
    if (!body) return std::unexpected(body.error());
    return Answered{opened->status, *body, opened->clock};
}

}  // namespace tributary::odoo
