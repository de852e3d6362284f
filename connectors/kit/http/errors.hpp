#pragma once

#include <curl/curl.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary::http {

/// What a status from 300 on means to the caller; `what` is kept. 401 is a retry, as somebody may put the account right
/// at the source without a word to this process; 403 and 404 are not: a right or a path is missing.
///
///     401 bad_credentials   403 no_right   404, 410 not_found   429 rate_limited   408, 425, 5xx server_failed
///     3xx bad_redirect      407 bad_proxy_credentials      other 4xx bad_request
Error status_error(int status, std::string what);

/// `Service Unavailable`, without what the server says itself.
std::string_view reason_of(int status);

/// What a failed transfer means. Certificates and what the configuration asks for are a stop; the rest may pass.
Error transfer_error(CURLcode code, std::string what);

/// What the status means with which a proxy refused to make a connection. Whoever runs the proxy puts it right without
/// a word to this process: a retry.
Error tunnel_error(int status, std::string_view what);

/// The server's complaint about the client's certificate: a TLS alert in curl's words, or the page of an nginx. A
/// retry, since certificates are renewed where they lie, and read anew for each connection.
std::optional<Error> client_certificate_error(std::string_view said);

/// How an answer begins, on one line of at most 200 characters. Of JSON with `masked`, values are left out: names and
/// structure show what went wrong, content does not belong into a log.
std::string excerpt(std::string_view body, bool masked);

/// At most an hour: what a source asks for is not to stop a stream for ever.
std::chrono::microseconds pause_of(std::int64_t retry_after_seconds);

}  // namespace tributary::http
