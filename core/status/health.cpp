#include "core/status/health.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tributary {

namespace {

class Judge {
  public:
    Judge(const Snapshot& snapshot, const HealthLimits& limits) : shot_(snapshot), limits_(limits) {}

    Health verdict() {
        judge_loops();
        judge_process();
        judge_broker();
        judge_store();
        for (const FeedSnapshot& feed : shot_.feeds) judge_feed(feed);
        health_.live = health_.dead.empty();
        health_.ready = health_.reasons.empty();
        return std::move(health_);
    }

  private:
    void unready(std::string code, std::string what) {
        health_.reasons.push_back({std::move(code), {}, {}, std::move(what)});
    }
    void unready(std::string code, const FeedSnapshot& feed, std::string what) {
        health_.reasons.push_back({std::move(code), feed.source, feed.feed, std::move(what)});
    }
    std::string since(std::int64_t then) const { return readable_span(age(shot_.now, then)); }

    void judge_loops() {
        for (const LoopSnapshot& loop : shot_.loops) {
            if (loop.limit > 0 && age(shot_.now, loop.last_turn) > loop.limit) {
                std::string what = fmt::format("the {} loop has not turned for {}", loop.name, since(loop.last_turn));
                if (loop.activity.step != Step::idle) what += fmt::format(" (in {})", name_of(loop.activity.step));
                health_.dead.push_back({"loop_stuck", {}, {}, what});
                unready("loop_stuck", what);
            } else if (loop.activity.overdue(shot_.now)) {
                unready("stalled", fmt::format("the {} loop is stuck in {} for {}", loop.name,
                                               name_of(loop.activity.step), since(loop.activity.since)));
            }
        }
    }

    void judge_process() {
        if (shot_.stage != ProcessStage::running) {
            const auto stage = name_of(shot_.stage);
            unready(std::string(stage),
                    shot_.doing.empty() ? std::string(stage) : fmt::format("{}: {}", stage, shot_.doing));
        }
        for (const Condition& each : shot_.conditions) health_.warnings.push_back({each.code, {}, {}, each.what});
    }

    void judge_broker() {
        const LinkSnapshot& broker = shot_.broker;
        if (!broker.ok)
            unready("broker", fmt::format("broker: {} (for {})", broker.reason, since(broker.since)));
        else if (age(shot_.now, broker.last_ok) > limits_.broker)
            unready("broker_stale", fmt::format("the broker last answered {} ago", since(broker.last_ok)));
    }

    void judge_store() {
        if (!shot_.store.ok)
            unready("store", fmt::format("store: {} (for {})", shot_.store.reason, since(shot_.store.since)));
    }

    void judge_feed(const FeedSnapshot& feed) {
        for (const Condition& each : feed.conditions)
            health_.warnings.push_back({each.code, feed.source, feed.feed, each.what});
        // of few rows as well, where nothing else came of them
        const bool all = feed.events == 0 && feed.rejects >= limits_.all_rejected && feed.unresolved > 0;
        if (feed.unresolved >= limits_.rejects || all)
            health_.warnings.push_back({"many_rejects", feed.source, feed.feed,
                                        fmt::format("{} rows are rejected and wait to be mended; the dead-letter topic "
                                                    "says why",
                                                    feed.unresolved)});
        switch (feed.state) {
            case FeedState::running:
                return judge_freshness(feed);
            case FeedState::unassigned:
                return unready("not_started", feed,
                               shot_.stage == ProcessStage::starting ? "its source is asked when the start is done"
                                                                     : "its source has not answered yet");
            case FeedState::waiting:
                return unready(feed.code.empty() ? "waiting" : feed.code, feed, waiting(feed));
            case FeedState::stalled:
                return unready("stalled", feed, feed.reason);
            case FeedState::parked:
                return unready("parked", feed, parked(feed));
            case FeedState::stopped:
                return unready("stopped", feed, "stopped");
            case FeedState::paused:
                health_.warnings.push_back(
                    {"paused", feed.source, feed.feed, feed.reason.empty() ? "paused" : feed.reason});
        }
    }

    std::string parked(const FeedSnapshot& feed) const {
        std::string what = fmt::format("{} (parked {} ago", feed.reason, since(feed.since));
        if (feed.retry_at != no_time && feed.retry_at > shot_.now)
            what += fmt::format(", looked at again in {} or on SIGHUP", readable_span(feed.retry_at - shot_.now));
        return what + ")";
    }

    std::string waiting(const FeedSnapshot& feed) const {
        std::string what = fmt::format("{} (for {}", feed.reason, since(feed.since));
        if (feed.retry_at != no_time && feed.retry_at > shot_.now)
            what += fmt::format(", next try in {}", readable_span(feed.retry_at - shot_.now));
        return what + ")";
    }

    void judge_freshness(const FeedSnapshot& feed) {
        // the queue is full because commits are slow or away, which is said where it happens
        if (feed.activity.step == Step::wait_for_room) return;
        const std::int64_t limit = freshness_limit(feed, limits_);
        if (limit > 0 && age(shot_.now, std::max(feed.last_pull, feed.found_room)) > limit)
            unready("source_stale", feed,
                    fmt::format("the last successful pull is {} old, at most {} is expected", since(feed.last_pull),
                                readable_span(limit)));
    }

    const Snapshot& shot_;
    const HealthLimits& limits_;
    Health health_;
};

}  // namespace

Health judge(const Snapshot& snapshot, const HealthLimits& limits) { return Judge(snapshot, limits).verdict(); }

std::int64_t freshness_limit(const FeedSnapshot& feed, const HealthLimits& limits) {
    if (feed.waits_for_news) return 0;
    return std::max(limits.source_polls * feed.every, limits.source_least);
}

void mark_stalled(FeedSnapshot& feed, std::int64_t now) {
    const bool works =
        feed.state == FeedState::running || feed.state == FeedState::waiting || feed.state == FeedState::unassigned;
    if (!works || !feed.activity.overdue(now)) return;
    feed.state = FeedState::stalled;
    feed.code = "stalled";
    feed.reason = fmt::format("stuck in {} for {}, at most {} is expected", name_of(feed.activity.step),
                              readable_span(age(now, feed.activity.since)), readable_span(feed.activity.limit));
    feed.since = feed.activity.since + feed.activity.limit;
}

std::string readable_span(std::int64_t span) {
    const std::int64_t seconds = span / 1'000'000;
    if (seconds < 1) return fmt::format("{} ms", span / 1000);
    if (seconds < 60) return fmt::format("{} s", seconds);
    const auto two = [](std::int64_t big, std::string_view big_unit, std::int64_t small, std::string_view small_unit) {
        return small == 0 ? fmt::format("{} {}", big, big_unit)
                          : fmt::format("{} {} {} {}", big, big_unit, small, small_unit);
    };
    if (seconds < 3600) return two(seconds / 60, "min", seconds % 60, "s");
    if (seconds < 86'400) return two(seconds / 3600, "h", seconds / 60 % 60, "min");
    return two(seconds / 86'400, "d", seconds / 3600 % 24, "h");
}

}  // namespace tributary
