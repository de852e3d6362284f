#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/result.hpp"

namespace tributary::http {

/// An http or https address, in parts. The port is always there.
struct Url {
    std::string scheme;  ///< `http` or `https`.
    std::string host;    ///< Lower case; an IPv6 address in brackets.
    std::string port;
    std::string path;   ///< Begins with a slash; percent-encoded.
    std::string query;  ///< Percent-encoded, without the question mark.

    /// The port only where it is not the scheme's own.
    std::string text() const;
    std::string origin() const;  ///< `https://host:port`
    bool operator==(const Url&) const = default;
};

/// Fails (stop, `bad_url`) on another scheme, and on user or password in it. Bytes outside of ASCII are encoded.
Result<Url> parse_url(std::string_view text);

/// What a reference in an answer that came from `base` means (RFC 3986): `/next`, `?page=2`, a whole address.
Result<Url> resolve(const Url& base, std::string_view reference);

/// Everything but unreserved characters as `%XX` (RFC 3986, 2.3).
std::string percent_encoded(std::string_view text);

/// Names and values, not yet encoded.
using Query = std::vector<std::pair<std::string, std::string>>;
std::string encoded_query(const Query& query);

/// `path` below the address, which may end with a slash or not; may carry a query of its own.
Url below(const Url& base, std::string_view path, const Query& query);

}  // namespace tributary::http
