#pragma once

#include <stop_token>

#include "connectors/kit/http/service.hpp"

namespace tributary::http {

/// Asks for a token with client credentials (RFC 6749, 4.4).
Result<Login> client_credentials(const OAuth2& way, Connection& via, std::stop_token stop);

}  // namespace tributary::http
