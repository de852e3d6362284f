#include "daemon/reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "core/settings/redact.hpp"
#include "core/status/log.hpp"
#include "daemon/load.hpp"
#include "daemon/online_check.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

constexpr std::chrono::seconds look_every(1);
constexpr std::string_view condition_code = "configuration_refused";

/// All of them are on stderr; a log record and a condition have room for one.
std::string first_of(const std::string& text) {
    const auto more = std::ranges::count(text, '\n') - 1;
    const std::string first = text.substr(0, text.find('\n'));
    return more > 0 ? fmt::format("{} (and {} more, see the daemon's stderr or `tributary lint`)", first, more) : first;
}

/// Of streams that go on where they stopped, a column that is missing parks them as it would without a reload.
bool columns_fit(Configuration& next, const std::vector<std::string>& fresh, Diagnostics& diagnostics,
                 const std::stop_token& stop) {
    OnlineCheck check(next, diagnostics);
    for (SourceConfiguration& source : next.sources) {
        std::set<std::string> streams;
        for (const FeedInfo& feed : source.source->feeds())
            if (std::ranges::find(fresh, source.name + "/" + feed.name) != fresh.end())
                streams.insert(feed.streams.begin(), feed.streams.end());
        const auto is_fresh = [&](const std::string& stream) { return streams.contains(stream); };
        if (!streams.empty()) (void)check.check(source, is_fresh, stop);
    }
    return !diagnostics.has_errors();
}

}  // namespace

Reload::Reload(Setup setup, StatusBoard& board)
    : setup_(std::move(setup)),
      board_(board),
      read_(configuration_text(setup_.configuration)),
      seen_(read_),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Reload::~Reload() {
    thread_.request_stop();
    woken_.notify_all();
}

void Reload::request() {
    const std::lock_guard lock(mutex_);
    asked_ = true;
    woken_.notify_all();
}

void Reload::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        bool asked = false;
        {
            std::unique_lock lock(mutex_);
            woken_.wait_for(lock, stop, look_every, [this] { return asked_; });
            asked = std::exchange(asked_, false);
        }
        if (stop.stop_requested()) return;
        if (asked || (setup_.watch && changed())) reload(stop);
    }
}

/// Two looks that see the same: whoever writes several files, or one in pieces, has come to an end.
bool Reload::changed() {
    std::string text = configuration_text(setup_.configuration);
    const bool steady = text == seen_;
    seen_ = std::move(text);
    return steady && seen_ != read_;
}

void Reload::reload(const std::stop_token& stop) {
    read_ = configuration_text(setup_.configuration);
    if (const auto good = judge(stop); !good) return refused(good.error().what);
    log_info("reload", "the configuration is taken over: what is in flight is committed, then the daemon starts again");
    setup_.take_over();
}

Result<> Reload::judge(const std::stop_token& stop) const {
    Diagnostics diagnostics;
    const auto next = load_configuration(setup_.configuration, diagnostics);
    const auto fresh = diagnostics.has_errors() ? std::vector<std::string>() : setup_.would_start(*next);
    // while it waits for its broker there is nothing to contradict
    if (!fresh && fresh.error().verdict == Verdict::stop) return std::unexpected(fresh.error());
    const bool good = !diagnostics.has_errors() && (!fresh || columns_fit(*next, *fresh, diagnostics, stop));
    (void)std::fputs(diagnostics.text(shows_colour(stderr)).c_str(), stderr);
    if (good) return {};
    return fail(Verdict::stop, "bad_configuration", Redactor(next->secrets()).redact(first_of(diagnostics.text())));
}

void Reload::refused(const std::string& why) {
    log_error("reload", "the new configuration is refused, the old one stays in force", {{"reason", why}});
    board_.condition({std::string(condition_code),
                      fmt::format("the configuration was changed and refused, the old one is in force: {}", why)});
}

}  // namespace tributary
