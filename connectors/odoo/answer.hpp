#pragma once

#include <stop_token>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "core/model/arena.hpp"

namespace tributary::odoo {

/// A small answer, read whole.
struct Answered {
    int status = 200;
    Value body = {};  ///< Null where it is no JSON and the status is that of a failure.
    std::int64_t clock = no_time;
};

/// Sends, and reads an answer of at most 1 MB. A status that is in `request.good` is left to the caller, whatever its
/// body is; an answer with a good status that is no JSON is an error.
Result<Answered> ask(http::Connection& via, const http::Request& request, http::JsonDecoder& decoder, Arena& arena,
                     std::stop_token stop);

/// The same of what `connection` has just opened.
Result<Value> read_whole(http::Connection& connection, int status, http::JsonDecoder& decoder, Arena& arena,
                         std::stop_token stop);

}  // namespace tributary::odoo
