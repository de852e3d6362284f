#pragma once

#include <mysql.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mariadb/types.hpp"
#include "core/model/result.hpp"

namespace tributary::mariadb {

enum class Tls : std::uint8_t {
    off,
    preferred,  ///< Encrypted when the server can; whose certificate it is, nobody asks.
    required,   ///< Encrypted or not at all.
    verify,     ///< Encrypted, and the certificate is the host's.
};

struct ServerSettings {
    std::string host;
    unsigned port = 0;
    std::string socket;  ///< Not empty: taken in place of host and port.
    std::string user;
    std::string password;
    std::string database;
    Tls tls = Tls::preferred;
    std::string tls_ca;  ///< Empty: the system's.
    std::string tls_certificate;
    std::string tls_key;
    std::chrono::milliseconds connect_timeout{0};
};

/// The rows of a small answer, as text.
using Rows = std::vector<std::vector<std::optional<std::string>>>;

/// One session: text in utf8mb4, times in UTC, transactions that read only. Nothing blocks but the look-up of a host's
/// name: each wait looks at the stop token five times a second, and a statement that runs when stop comes is ended on
/// the server. After a failure `usable` tells whether the session can go on. Not thread-safe.
class Connection {
  public:
    static Result<std::unique_ptr<Connection>> open(const ServerSettings& settings, std::stop_token stop);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Result<Rows> query(const std::string& sql, std::stop_token stop);
    /// The columns `sql` would return; it is not run.
    Result<std::vector<Column>> describe(const std::string& sql, std::stop_token stop);

    /// Takes an answer row by row as it arrives. Each may return false: the statement is ended on the server then, and
    /// the rest dropped.
    struct Taker {
        std::function<bool(std::span<const Column>)> columns;
        /// Values as text, null where there is none; valid during the call.
        std::function<bool(const char* const* values, const unsigned long* lengths)> row;
    };
    /// True: everything was taken.
    Result<bool> stream(const std::string& sql, const Taker& take, std::stop_token stop);

    bool usable() const;
    /// Of a session that lay idle: nothing came from the server, which only speaks then to end it.
    bool alive() const;
    bool encrypted() const { return mysql_get_ssl_cipher(handle_.get()) != nullptr; }

    static std::string identifier(std::string_view name);
    std::string literal(std::string_view text) const;

  private:
    using Clock = std::chrono::steady_clock;
    struct Close {
        void operator()(MYSQL* handle) const { mysql_close(handle); }
    };
    struct FreeResult {
        void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
    };
    struct CloseStatement {
        void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
    };
    using ResultPtr = std::unique_ptr<MYSQL_RES, FreeResult>;

    explicit Connection(ServerSettings settings) : settings_(std::move(settings)) {}
    Result<void> connect(std::stop_token stop);
    void set_options();
    void tune_socket() const;
    Result<void> send(const std::string& sql, std::stop_token stop);
    Result<bool> take_rows(MYSQL_RES* result, const Taker& take, bool wanted, std::stop_token stop);
    /// Calls `start`, then `go_on` with what has become ready, until neither has anything to wait for.
    template <typename Start, typename GoOn>
    Result<void> finish(Start start, GoOn go_on, std::stop_token stop);
    Result<int> wait(int events, std::stop_token stop);
    void cancel();
    void abandon();
    Error failure(unsigned code, const char* state, const char* message);
    Error failure();

    ServerSettings settings_;
    std::unique_ptr<MYSQL, Close> handle_;
    std::optional<Clock::time_point> deadline_;
    bool connected_ = false;
    bool broken_ = false;
};

}  // namespace tributary::mariadb
