#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "connectors/kit/http/service.hpp"
#include "connectors/odoo/wire.hpp"

namespace tributary::odoo {

/// A source as its options say, in plain values.
struct OdooSettings {
    http::ClientSettings client = {};  ///< Without user, password and token: those are the account's.
    Account account = {};
    std::optional<Protocol> protocol = {};     ///< Nothing: what the server offers and the account can use.
    std::string language = {};                 ///< `de_DE`; empty: the language names are kept in.
    std::vector<std::int64_t> companies = {};  ///< None: all that the user has.
    std::size_t page = 1'000;                  ///< Most rows of one request.

    /// What every call carries: archived records are shown, or they would pass for deleted.
    std::string context() const;
};

/// One source: who is logged in, and over which protocol. Any thread.
class Session {
  public:
    explicit Session(OdooSettings settings);
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const OdooSettings& settings() const { return settings_; }
    http::Service& service() { return service_; }

    struct Entry {
        Access access;
        std::uint64_t number = 0;  ///< For `refused`.
    };
    /// Logs in when nobody is logged in.
    Result<Entry> enter(std::stop_token stop);
    /// The server no longer takes what this log-in brought.
    void refused(std::uint64_t number) { service_.refused(number); }

  private:
    Result<http::Login> find_way_in(http::Connection& via, const std::stop_token& stop);
    Result<std::string> release_of(http::Connection& via, const std::stop_token& stop) const;
    Result<bool> takes_key(http::Connection& via, std::stop_token stop) const;
    Result<std::int64_t> authenticate(http::Connection& via, std::stop_token stop) const;
    std::vector<http::Header> key_headers() const;
    bool can_use_rpc() const { return !settings_.account.user.empty() && !settings_.account.database.empty(); }

    const OdooSettings settings_;
    http::Service service_;

    std::mutex mutex_;  ///< Guards `access_`; never held while anything is sent.
    Access access_;
};

}  // namespace tributary::odoo
