#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary {

/// Where the server listens and the client asks. Hosts are addresses or "localhost": no look-ups at start.
struct HttpAddress {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8480;

    bool operator==(const HttpAddress&) const = default;
    bool is_loopback() const;
    /// `127.0.0.1:8480`, `[::1]:8480`
    std::string text() const;
};

/// `HOST:PORT`, as `http.listen` is written; IPv6 addresses in brackets.
Result<HttpAddress> parse_http_address(std::string_view text);

}  // namespace tributary
