#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tributary {

struct HttpRequest {
    std::string_view method;  ///< "GET", "HEAD", …
    std::string_view target;  ///< Path and query as sent.
};

struct HttpResponse {
    int status = 200;
    std::string type = "application/json";
    std::string body = {};
};

/// Answers a request; called on the server's thread. What it throws becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

/// `{"error": {"code", "what"}}`
HttpResponse http_error(int status, std::string_view code, std::string_view what);

}  // namespace tributary
