#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "connectors/kit/http/connection.hpp"
#include "core/model/value.hpp"

namespace tributary::odata {

/// What an OData error says: `error/message` as text (version 4) or as `{lang, value}` (2), `odata.error` (3). Empty:
/// this is none.
std::string told_error(const Value& answer);

/// Opens an answer; a refusal that tells an OData error becomes an error with its words.
Result<http::Answer> open_answer(http::Connection& connection, http::Request request, std::stop_token stop);

}  // namespace tributary::odata
