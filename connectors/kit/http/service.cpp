#include "connectors/kit/http/service.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "connectors/kit/http/connection.hpp"
#include "connectors/kit/http/oauth2.hpp"
#include "connectors/kit/http/proxy.hpp"

namespace tributary::http {
namespace {

constexpr std::size_t most_learned = 16;
/// A token is renewed before others find that it has ended.
constexpr std::chrono::seconds renewed_before{30};

LogIn way_in(const ClientSettings& settings, LogIn own) {
    if (own || !settings.oauth2) return own;
    return [oauth2 = *settings.oauth2](Connection& via, std::stop_token stop) {
        return client_credentials(oauth2, via, std::move(stop));
    };
}

ClientSettings with_proxy_secrets(ClientSettings settings) {
    std::ranges::move(proxy_passwords(settings.proxy, process_environment()), std::back_inserter(settings.secrets));
    return settings;
}

}  // namespace

LogIn patient(LogIn log_in, std::chrono::seconds at_least) {
    struct Refusal {
        Error error;
        Gate::Clock::time_point at;
    };
    return [log_in = std::move(log_in), at_least, refusal = std::optional<Refusal>()](
               Connection& via, std::stop_token stop) mutable -> Result<Login> {
        if (refusal) {
            Error error = refusal->error;
            const std::chrono::microseconds asked(error.retry_after);
            const auto past = std::chrono::floor<std::chrono::microseconds>(Gate::Clock::now() - refusal->at);
            error.retry_after = std::max<std::int64_t>(0, (asked - past).count());
            if (past < std::max<std::chrono::microseconds>(asked, at_least)) return std::unexpected(std::move(error));
        }
        auto login = log_in(via, std::move(stop));
        refusal.reset();
        if (!login && login.error().code == "bad_credentials") refusal = {login.error(), Gate::Clock::now()};
        return login;
    };
}

Service::Service(ClientSettings settings, LogIn log_in)
    : settings_(with_proxy_secrets(std::move(settings))),
      log_in_(way_in(settings_, std::move(log_in))),
      gate_(settings_.gate),
      redactor_(std::make_shared<Redactor>(settings_.secrets)) {}

bool Service::allows(const Url& url) const {
    if (is_own(url)) return true;
    if (settings_.url.scheme == "https" && url.scheme != "https") return false;
    return std::ranges::any_of(settings_.allow_hosts, [&](const std::string& host) {
        return host == url.host || host == url.host + ":" + url.port;
    });
}

Result<std::string> Service::link(std::string_view reference, const Url& from) const {
    auto url = resolve(from, reference);
    if (!url) return fail(Verdict::retry, "bad_link", "a link to the next page is no address");
    if (!allows(*url)) {
        url->scheme = settings_.url.scheme;
        url->host = settings_.url.host;
        url->port = settings_.url.port;
    }
    return url->text();
}

std::string Service::redact(std::string text) const {
    const auto redactor = [&] {
        const std::lock_guard lock(mutex_);
        return redactor_;
    }();
    return redactor->redact(std::move(text));
}

bool Service::touches_secret(std::string_view text) const {
    const std::lock_guard lock(mutex_);
    return redactor_->touches(text);
}

Result<Service::Signature> Service::signature(std::stop_token stop) {
    if (!log_in_) return Signature{};
    std::unique_lock lock(mutex_);
    const bool free = changed_.wait(lock, stop, [&] { return !logging_in_; });
    if (!free) return fail(Verdict::retry, "stopped", "asked to stop");
    if (signature_ && Gate::Clock::now() < ends_) return *signature_;
    logging_in_ = true;
    lock.unlock();
    const auto login = log_in(std::move(stop));
    lock.lock();
    logging_in_ = false;
    signature_.reset();
    if (login) {
        signature_ = Signature{login->headers, ++logins_};
        const auto lasts = login->lasts.value_or(std::chrono::hours(24 * 365));
        ends_ = Gate::Clock::now() + std::max(lasts - renewed_before, lasts / 2);
        learn_secrets(*login);
    }
    changed_.notify_all();
    if (!login) return std::unexpected(login.error());
    return *signature_;
}

/// Its own connection: the one that asks is in the middle of a request.
Result<Login> Service::log_in(std::stop_token stop) {
    Connection via(*this);
    return log_in_(via, std::move(stop));
}

void Service::refused(std::uint64_t number) {
    const std::lock_guard lock(mutex_);
    if (signature_ && signature_->number == number) signature_.reset();
}

void Service::learn_secrets(const Login& login) {
    for (const Header& header : login.headers) {
        learned_.push_back(header.value);
        // `Bearer TOKEN`, `session_id=TOKEN`: the token alone is one as well
        if (const auto at = header.value.find_last_of(" ="); at != std::string::npos && at + 1 < header.value.size())
            learned_.push_back(header.value.substr(at + 1));
    }
    if (learned_.size() > most_learned)
        learned_.erase(learned_.begin(), learned_.end() - static_cast<std::ptrdiff_t>(most_learned));
    std::vector<std::string> all = settings_.secrets;
    all.insert(all.end(), learned_.begin(), learned_.end());
    redactor_ = std::make_shared<Redactor>(all);
}

}  // namespace tributary::http
