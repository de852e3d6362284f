#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "connectors/kit/api/clock.hpp"
#include "connectors/kit/api/question.hpp"
#include "connectors/kit/http/row_stream.hpp"
#include "connectors/tryton/decode.hpp"

namespace tributary::tryton {

/// Logs in for a session (`common.db.login`): with Basic the server would check the password at each call, half a
/// second of its CPU. After six failures it refuses everybody of that name for five minutes, so a password that was
/// refused is not tried again for 90 s, however many streams ask.
http::LogIn log_in(std::string user, std::string password);

/// One stream's way to call a Tryton's procedures. Not thread-safe.
class Rpc {
  public:
    Rpc(std::shared_ptr<http::Service> service, api::SourceClock& clock)
        : service_(std::move(service)), connection_(*service_), clock_(clock) {}

    /// The result of a call whose answer is small, decoded in `arena`.
    Result<Value> call(std::string_view method, std::string_view params, Arena& arena, std::stop_token stop);

    /// Adds the rows of `search_read`. Stops early, `full`, when the arena holds `limits.bytes`.
    Result<void> rows(std::string_view model, std::string_view params, const Feed::Limits& limits, Arena& arena,
                      api::Answer& answer, std::stop_token stop);

  private:
    Result<void> open(std::string_view method, std::string_view params, std::stop_token stop);
    Error told(const Value& error) const;

    std::shared_ptr<http::Service> service_;
    http::Connection connection_;
    http::JsonDecoder json_;
    Decoder decoder_;
    api::SourceClock& clock_;
};

}  // namespace tributary::tryton
