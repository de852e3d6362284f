#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/row_scanner.hpp"

namespace tributary::odoo {

/// What an Odoo server is spoken to by.
enum class Protocol : std::uint8_t {
    json_rpc,  ///< `POST /jsonrpc`, all versions; errors come with status 200.
    json_2,    ///< `POST /json/2/<model>/<method>`, from 19 on.
};

/// What a log-in found out, for every call after it.
struct Access {
    Protocol protocol = Protocol::json_rpc;
    int version = 0;           ///< 14 to 19, and what comes; 0: the server did not say.
    std::string release = {};  ///< As the server calls it: `19.0`, `saas~18.2`.
    std::int64_t user = 0;     ///< JSON-RPC's uid.
};

/// Who asks, of which database.
struct Account {
    std::string database;
    std::string user;
    std::string secret;  ///< A password or an API key; JSON-2 takes the key alone.
};

/// A call of a model's method with named arguments. One call is one transaction of the server.
struct Call {
    std::string model;
    std::string method;
    /// Each with its JSON.
    std::vector<std::pair<std::string_view, std::string>> arguments = {};
};

/// `["a","b"]`
std::string json_texts(const std::vector<std::string>& texts);

/// `search_count`: how many records fit a domain. `context` is JSON.
Call count_of(const std::string& model, const std::string& domain, const std::string& context, int version);

/// As the protocol wants it. JSON-2's credentials are in headers, JSON-RPC's in the body.
http::Request request_of(const Call& call, const Access& access, const Account& account);

/// Calls of JSON-RPC's `common` service, which need nobody to be logged in.
http::Request version_request();
http::Request authenticate_request(const Account& account);

/// Where the result of a call is: `/result` of JSON-RPC's answer, all of JSON-2's.
http::Pointer result_of(Protocol protocol);

/// From here on `search_read` surely hands `load` on to what reads the records.
constexpr int first_with_plain_ids = 16;

/// `19` of `19.0`, `saas~18.2+e`, `17.0+e-20240101`; 0 when there is none.
int major_version(std::string_view release);

}  // namespace tributary::odoo
