#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/erpnext/query.hpp"
#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "core/connector/connector.hpp"

namespace tributary::erpnext {

/// One stream's way to a site's API, `/api/method`, by POST. Not thread-safe. Errors are those of `judge` and of
/// http::Connection; they never hold a row or a traceback.
class Site {
  public:
    explicit Site(http::Service& service) : connection_(service) {}

    /// Adds rows, objects in the arena, until `limits`. True: those were all the site has for this question. Their
    /// shapes are valid until the next call.
    Result<bool> list(const ListQuery& query, const Feed::Limits& limits, std::vector<Value>& rows, Arena& arena,
                      std::stop_token stop);
    /// The site's clock when it answered the last list, UTC, never later than that moment; `no_time`: it did not say.
    std::int64_t clock() const { return clock_; }
    /// Rows that there are, also those that are hidden from the user.
    Result<std::int64_t> count(const std::string& doctype, const Filters& filters, std::stop_token stop);

    struct Now {
        std::int64_t clock = 0;      ///< The site's, UTC; never later than the moment it answered.
        std::string time_zone = {};  ///< IANA name of what its stamps are written in.
    };
    /// Asked with credentials: without them a site names a zone that is not its own.
    Result<Now> now(std::stop_token stop);

  private:
    Result<http::Answer> call(const std::string& method, std::string body, const std::string& about,
                              std::stop_token stop);
    /// An answer that is no list, `{"message": …}`.
    Result<Value> envelope(Arena& arena, std::stop_token stop);

    http::Connection connection_;
    http::JsonDecoder decoder_;
    std::vector<std::shared_ptr<const Shape>> shapes_;
    std::int64_t clock_ = no_time;
};

/// What must not show of a key: `token KEY:SECRET` is what a request carries.
http::ClientSettings with_token(http::ClientSettings settings);

}  // namespace tributary::erpnext
