#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/odoo/errors.hpp"
#include "connectors/odoo/session.hpp"
#include "core/connector/connector.hpp"

namespace tributary::odoo {

/// One stream's way to call methods of models, whatever the protocol. Not thread-safe. Errors are judged by what Odoo
/// says went wrong (errors.hpp).
class Client {
  public:
    explicit Client(std::shared_ptr<Session> session)
        : session_(std::move(session)), connection_(session_->service()) {}

    struct Rows {
        std::vector<Value> rows;  ///< Objects, as they came.
        bool all = true;          ///< False: `limits` were reached before the answer ended.
    };
    /// Of a method that answers with a list. What rows share with one another lives until the next call.
    Result<Rows> rows(const Call& call, const Feed::Limits& limits, Arena& arena, std::stop_token stop);
    /// Of one that answers with an object.
    Result<Value> object(const Call& call, Arena& arena, std::stop_token stop);
    /// Of one that answers with a number.
    Result<std::int64_t> number(const Call& call, std::stop_token stop);
    /// The server's clock at the last answer, microseconds UTC; `no_time` where it did not tell. It stamps no rows: its
    /// database does.
    std::int64_t clock() const { return clock_; }

    /// Logs in if need be.
    Result<Access> access(std::stop_token stop);
    const OdooSettings& settings() const { return session_->settings(); }

  private:
    /// Sends; a failure that has a status of its own is judged.
    Result<http::Answer> send(const Call& call, std::stop_token stop);
    Error failed(const Call& call, int status, const Value& body);
    Result<Value> result_in(const Call& call, Value body);
    Result<Value> scalar(const Call& call, int status, Arena& arena, std::stop_token stop);

    std::shared_ptr<Session> session_;  ///< Feeds may outlive the source.
    http::Connection connection_;
    http::JsonDecoder decoder_;
    Session::Entry entry_;  ///< Of the last call.
    std::int64_t clock_ = no_time;
};

}  // namespace tributary::odoo
