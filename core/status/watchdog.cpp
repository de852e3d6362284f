#include "core/status/watchdog.hpp"

#include <algorithm>

#include "core/status/health.hpp"
#include "core/status/log.hpp"

namespace tributary {

namespace {

const FeedSnapshot* find(const std::optional<Snapshot>& snapshot, const FeedSnapshot& feed) {
    if (!snapshot) return nullptr;
    const auto found = std::ranges::find_if(
        snapshot->feeds, [&](const auto& each) { return each.source == feed.source && each.feed == feed.feed; });
    return found == snapshot->feeds.end() ? nullptr : &*found;
}

void report_state(const FeedSnapshot& feed) {
    switch (feed.state) {
        case FeedState::running:
            return log_info("feed", "running", {{"source", feed.source}, {"feed", feed.feed}});
        case FeedState::paused:
            return log_info("feed", "paused", {{"source", feed.source}, {"feed", feed.feed}, {"reason", feed.reason}});
        case FeedState::stopped:
            return log_info("feed", "stopped", {{"source", feed.source}, {"feed", feed.feed}});
        case FeedState::unassigned:
            return;
        case FeedState::waiting:
            return log_warning(
                "feed", "waiting for its source",
                {{"source", feed.source}, {"feed", feed.feed}, {"code", feed.code}, {"reason", feed.reason}});
        case FeedState::stalled:
            return log_error("feed", "stalled",
                             {{"source", feed.source}, {"feed", feed.feed}, {"reason", feed.reason}});
        case FeedState::parked:
            return log_error(
                "feed", "parked, needs a human",
                {{"source", feed.source}, {"feed", feed.feed}, {"code", feed.code}, {"reason", feed.reason}});
    }
}

bool holds(const std::vector<Condition>& conditions, std::string_view code) {
    return std::ranges::find(conditions, code, &Condition::code) != conditions.end();
}

void report_conditions(const std::vector<Condition>& before, const FeedSnapshot& now) {
    for (const Condition& each : now.conditions)
        if (!holds(before, each.code))
            log_warning("feed", "condition",
                        {{"source", now.source}, {"feed", now.feed}, {"code", each.code}, {"what", each.what}});
    for (const Condition& each : before)
        if (!holds(now.conditions, each.code))
            log_info("feed", "condition is over", {{"source", now.source}, {"feed", now.feed}, {"code", each.code}});
}

}  // namespace

void Watchdog::turn() {
    Snapshot now = board_.snapshot();
    watch_loops(now);
    if (last_) {
        watch_link("broker", last_->broker, now.broker);
        watch_link("store", last_->store, now.store);
    }
    for (const FeedSnapshot& feed : now.feeds) watch_feed(find(last_, feed), feed, now.now);
    last_ = std::move(now);
}

void Watchdog::watch_loops(const Snapshot& now) {
    for (const LoopSnapshot& loop : now.loops) {
        const bool silent = loop.limit > 0 && age(now.now, loop.last_turn) > loop.limit;
        const bool stuck = silent || loop.activity.overdue(now.now);
        if (stuck == std::exchange(stuck_[loop.name], stuck)) continue;
        if (stuck)
            log_error("watchdog", "loop is stuck",
                      {{"loop", loop.name},
                       {"step", name_of(loop.activity.step)},
                       {"last_turn", readable_span(age(now.now, loop.last_turn))}});
        else
            log_info("watchdog", "loop goes on", {{"loop", loop.name}});
    }
}

void Watchdog::watch_link(const char* component, const LinkSnapshot& before, const LinkSnapshot& now) const {
    if (now.ok && !before.ok) log_info(component, "answers", {});
    if (!now.ok && (before.ok || before.code != now.code))
        log_error(component, "fails", {{"code", now.code}, {"reason", now.reason}});
}

void Watchdog::watch_feed(const FeedSnapshot* before, const FeedSnapshot& now, std::int64_t at) {
    const FeedSnapshot fresh;
    const FeedSnapshot& last = before != nullptr ? *before : fresh;
    if (now.state != last.state || now.code != last.code) report_state(now);
    report_conditions(last.conditions, now);
    const bool loads = now.phase != FeedPhase::poll && now.pulls > 0;
    const bool loaded = last.phase == FeedPhase::load && last.pulls > 0;
    if (loads)
        report_load(now, at);
    else if (loaded && now.phase == FeedPhase::poll)
        log_info("feed", "loaded", {{"source", now.source}, {"feed", now.feed}, {"rows", now.rows}});
}

void Watchdog::report_load(const FeedSnapshot& feed, std::int64_t at) {
    std::int64_t& reported = reported_.try_emplace({feed.source, feed.feed}, no_time).first->second;
    if (reported != no_time && age(at, reported) < progress_every) return;
    reported = at;
    log_info("feed", feed.phase == FeedPhase::load ? "loading" : "reading again",
             {{"source", feed.source},
              {"feed", feed.feed},
              {"rows", feed.progress.rows},
              {"expected", feed.progress.expected},
              {"rows_per_second", static_cast<std::int64_t>(feed.rows_per_second)},
              {"left", feed.eta == no_time ? "unknown" : readable_span(age(feed.eta, at))}});
}

}  // namespace tributary
