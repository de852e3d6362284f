#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.hpp"

namespace tributary::postgres {

struct ServerSettings {
    std::string dsn;  ///< Secret.
    std::string application_name;
    std::chrono::milliseconds statement_timeout{0};  ///< The server ends a statement that runs longer; 0: never.
    std::chrono::milliseconds lock_timeout{0};       ///< The same for one that waits for a lock.
    /// How much longer than statement_timeout an answer is waited for: a server that hangs ends nothing.
    std::chrono::milliseconds answer_margin = std::chrono::seconds(15);
};

/// Whether libpq can read it; says nothing about the server.
bool is_connection_string(const std::string& dsn);

/// Rows of a statement, as text.
class Rows {
  public:
    explicit Rows(PGresult* result) : result_(result) {}

    int size() const { return PQntuples(result_.get()); }
    bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) == 1; }
    std::string_view text(int row, int column) const {
        return {PQgetvalue(result_.get(), row, column),
                static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
    }
    bool flag(int row, int column) const { return text(row, column) == "t"; }
    std::int64_t integer(int row, int column) const;

  private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

/// A column of a statement's result.
struct ResultColumn {
    std::string name;
    Oid type = 0;
    int modifier = -1;
};

/// One session. Nothing blocks: each wait looks at the stop token five times a second, and a statement that runs when
/// stop comes is cancelled on the server. After a failure `usable` tells whether the session can go on; one that was
/// stopped, lost, overdue or left inside a transaction cannot. Not thread-safe.
class Connection {
  public:
    static Result<std::unique_ptr<Connection>> open(const ServerSettings& settings, std::stop_token stop);

    /// Statements separated by semicolons, one after the other in one round trip; the rows of each.
    Result<std::vector<Rows>> query(const std::string& sql, std::stop_token stop);
    /// The columns `sql` would return.
    Result<std::vector<ResultColumn>> describe(const std::string& sql, std::stop_token stop);

    /// Hands over each message of `copy … to stdout`. When the taker returns false the statement is cancelled and the
    /// rest is dropped: true is returned when everything was taken.
    using Taker = std::function<bool(std::string_view message)>;
    Result<bool> copy_out(const std::string& sql, const Taker& take, std::stop_token stop);

    bool usable() const;
    /// Of a session that lay idle: nothing came from the server, which only speaks then to end it.
    bool alive() const;

    /// Statements that take no parameters (COPY, DECLARE) are why values are quoted at all; these two are the only
    /// places where they are.
    std::string identifier(std::string_view name) const;
    std::string literal(std::string_view text) const;

  private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    struct ClearResult {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    using ResultPtr = std::unique_ptr<PGresult, ClearResult>;
    Connection() = default;

    Result<void> connect(const ServerSettings& settings, std::stop_token stop);
    Result<void> send(const std::string& sql, std::stop_token stop);
    Result<void> flush(std::stop_token stop);
    Result<ResultPtr> next_result(std::stop_token stop);
    Result<void> until_done(std::stop_token stop);
    Result<bool> take_copy(const Taker& take, std::stop_token stop);
    Result<void> wait(bool for_writing, std::stop_token stop);
    void cancel();
    Error failure(const PGresult* result);
    Error lost();
    std::string redacted(std::string text) const;

    std::unique_ptr<PGconn, Finish> handle_;
    std::vector<std::string> secrets_;
    std::optional<std::chrono::milliseconds> patience_;  ///< With a statement; nothing: without end.
    std::chrono::steady_clock::time_point deadline_;     ///< Of the statement in hand.
    bool broken_ = false;
};

}  // namespace tributary::postgres
