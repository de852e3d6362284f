#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/http/address.hpp"
#include "core/model/result.hpp"

namespace tributary {

struct HttpReply {
    int status = 0;
    std::string body;
};

/// One GET to a daemon on this machine; blocks for `timeout` at most. Only for what the daemon itself serves: no TLS,
/// no redirects, at most 16 MB.
Result<HttpReply> http_get(const HttpAddress& address, std::string_view target, std::chrono::milliseconds timeout);

/// What `tributary status` prints: asks the daemon at `address` and renders its answers.
Result<std::string> fetch_status(const HttpAddress& address, std::chrono::milliseconds timeout);

}  // namespace tributary
