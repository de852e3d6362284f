#include "connectors/odoo/answer.hpp"

#include "connectors/kit/http/row_stream.hpp"

namespace tributary::odoo {

Result<Value> read_whole(http::Connection& connection, int status, http::JsonDecoder& decoder, Arena& arena,
                         std::stop_token stop) {
    auto body = http::read_value(connection, decoder, arena, std::move(stop));
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
