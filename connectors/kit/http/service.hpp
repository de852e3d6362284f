#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/http/gate.hpp"
#include "connectors/kit/http/settings.hpp"
#include "core/settings/redact.hpp"

namespace tributary::http {

class Connection;

/// What a log-in gave: headers that show who is asking. Every value is a secret.
struct Login {
    std::vector<Header> headers;
    std::optional<std::chrono::seconds> lasts = {};  ///< Until it has to be renewed; nothing: until it is refused.
};

/// How a connector logs in: sends requests over `via`, with `Request::sign` off.
using LogIn = std::function<Result<Login>(Connection& via, std::stop_token stop)>;

/// A log-in that remembers a refusal (`bad_credentials`) for as long as that asks to wait (`Error::retry_after`), and
/// `at_least` so long: meanwhile every stream is told the same, with what is left to wait, and the source is not asked.
/// As any LogIn it is called by one thread at a time; copies remember for themselves.
LogIn patient(LogIn log_in, std::chrono::seconds at_least = {});

/// One source: its settings, what its streams share. Any thread.
class Service {
  public:
    /// Without `log_in`, the settings' own way in is taken; OAuth 2 is a log-in as well.
    explicit Service(ClientSettings settings, LogIn log_in = {});

    const ClientSettings& settings() const { return settings_; }
    Gate& gate() { return gate_; }

    /// Where a redirect leads to; nothing when its host is not allowed.
    bool allows(const Url& url) const;
    bool is_own(const Url& url) const { return url.origin() == settings_.url.origin(); }
    /// A paging link, ready to be a Request's target. One to a host that is not allowed is taken for the source's own
    /// idea of its address (CAP says `localhost`, others what is behind a proxy): path and query are kept, the rest is
    /// the configured address.
    Result<std::string> link(std::string_view reference, const Url& from) const;

    /// Secrets out, those that log-ins brought among them.
    std::string redact(std::string text) const;
    bool touches_secret(std::string_view text) const;

    struct Signature {
        std::vector<Header> headers;
        std::uint64_t number = 0;  ///< Of the log-in; 0: there is none.
    };
    /// Logs in when nobody is logged in; while another thread does, waits for it.
    Result<Signature> signature(std::stop_token stop);
    /// The source does not take it any longer: the next request logs in again. Also for a connector that learns so from
    /// an answer with status 200.
    void refused(std::uint64_t number);

  private:
    Result<Login> log_in(std::stop_token stop);
    void learn_secrets(const Login& login);

    const ClientSettings settings_;
    const LogIn log_in_;
    Gate gate_;

    mutable std::mutex mutex_;  ///< Guards what follows; never held while anything is sent.
    std::condition_variable_any changed_;
    bool logging_in_ = false;
    std::optional<Signature> signature_;
    Gate::Clock::time_point ends_{};
    std::uint64_t logins_ = 0;
    std::shared_ptr<const Redactor> redactor_;
    std::vector<std::string> learned_;  ///< Secrets of the last log-ins; an old one may still be in a late answer.
};

}  // namespace tributary::http
