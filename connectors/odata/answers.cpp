#include "connectors/odata/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/kit/http/errors.hpp"
#include "connectors/kit/http/json_decoder.hpp"

namespace tributary::odata {
namespace {

constexpr std::size_t most_error = 64 * 1024;

/// How deep an error nests is looked at before it is decoded.
bool is_flat(std::string_view json) {
    std::size_t depth = 0;
    for (const char c : json) {
        if (c == '{' || c == '[') ++depth;
        if ((c == '}' || c == ']') && depth > 0) --depth;
        if (depth > 64) return false;
    }
    return true;
}

std::string told_in(std::string body) {
    if (!is_flat(body)) return {};
    Arena arena;
    http::JsonDecoder decoder;
    const auto value = decoder.decode({body.data(), body.size()}, arena);
    return value ? told_error(*value) : std::string();
}

}  // namespace

std::string told_error(const Value& answer) {
    for (const char* const name : {"error", "odata.error"}) {
        std::string_view told = http::text_in(answer, {name, "message", "value"});
        if (told.empty()) told = http::text_in(answer, {name, "message"});
        const std::string code(http::text_in(answer, {name, "code"}));
        if (told.empty() && code.empty()) continue;
        const std::string message = http::excerpt(told, false);
        return code.find_first_not_of("0123456789") == std::string::npos ? message : code + ": " + message;
    }
    return {};
}

Result<http::Answer> open_answer(http::Connection& connection, http::Request request, std::stop_token stop) {
    // the others are the kit's: who is asked, how often, whether later
    request.good = {400, 403, 404, 405, 406, 409, 410, 412, 415, 500, 501};
    auto answer = connection.open(request, stop);
    if (!answer || answer->status < 300) return answer;
    std::string body;
    while (body.size() < most_error) {
        const auto part = connection.read(stop);
        if (!part && part.error().code == "stopped") return std::unexpected(part.error());
        if (!part || part->empty()) break;
        body.append(part->data(), part->size());
    }
    Error error = http::status_error(answer->status, {});
    const std::string told = told_in(std::move(body));
    if (told.empty())
        error = connection.fault(error.verdict, std::move(error.code), "no OData error");
    else
        error.what =
            connection.service().redact(fmt::format("{} answered {}: {}", connection.describe(), answer->status, told));
    connection.close();
    return std::unexpected(std::move(error));
}

}  // namespace tributary::odata
