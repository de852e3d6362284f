#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/http/gate.hpp"
#include "connectors/kit/http/url.hpp"
#include "core/connector/connector.hpp"

namespace tributary::http {

struct Header {
    std::string name;
    std::string value;
};

struct Tls {
    std::string ca;
    std::string certificate;
    std::string key;
    std::string key_password;
    bool verify = true;
};

struct OAuth2 {
    Url token_url;
    std::string client_id;
    std::string client_secret;
    Query parameters;  ///< Beside the grant: scope, audience.
    bool in_body = false;
};

struct Caps {
    std::size_t body = std::size_t{1} << 30;
    std::size_t ratio = 200;
    std::size_t depth = 64;
    std::size_t row = 16 * 1024 * 1024;
};

/// What a source's options say, in plain values: tests build it directly.
struct ClientSettings {
    std::string source;  ///< Its name, for the log.
    Url url;
    std::string user;
    std::string password;
    std::string token;  ///< Bearer.
    std::optional<OAuth2> oauth2;
    std::vector<Header> headers;  ///< Of every request to the source itself, the API key among them.
    Tls tls;
    std::optional<std::string> proxy;  ///< Empty: none, whatever the environment says.
    std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
    std::chrono::milliseconds timeout = std::chrono::seconds(100);
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(60);
    Caps caps;
    std::vector<std::string> allow_hosts;
    Gate::Limits gate;
    bool trace = false;
    std::vector<std::string> secrets;  ///< What must not show.
};

/// `5/s`, `100/m`, `1000/h`: the time from one request to the next.
std::optional<std::chrono::microseconds> parse_rate(std::string_view text);

/// Reads what `common_options` declare; what is wrong is added to `diagnostics`.
ClientSettings read_client_settings(const SourceSettings& source, Diagnostics& diagnostics);

/// Of a system that answers at the root of its host: a path in `url`, as that of a page somebody looked at, is an
/// error.
void refuse_path(const SourceSettings& source, const Url& url, Diagnostics& diagnostics);

/// The names and values of a map of scalars, as `headers` and `parameters` are; anything else is an error.
std::vector<std::pair<std::string, std::string>> read_pairs(const Node& map, Diagnostics& diagnostics);

}  // namespace tributary::http
