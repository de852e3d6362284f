#include "core/status/health.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "core/status/tests/fake_clock.hpp"

using namespace tributary;

namespace {

constexpr std::int64_t noon = 1'769'860'800'000'000;

/// An instance in which all is well.
Snapshot healthy() {
    Snapshot shot;
    shot.now = noon;
    shot.started = noon - 3600_s;
    shot.stage = ProcessStage::running;
    shot.broker = {.ok = true, .since = noon - 3600_s, .last_ok = noon - 1_s};
    shot.store = {.ok = true, .since = noon - 3600_s, .last_ok = noon - 1_s};
    shot.loops = {{.name = "commit", .limit = 120_s, .last_turn = noon - 1_s, .activity = {}}};
    FeedSnapshot feed;
    feed.source = "erp";
    feed.feed = "sales";
    feed.every = 5_s;
    feed.state = FeedState::running;
    feed.since = noon - 3600_s;
    feed.last_pull = noon - 4_s;
    shot.feeds = {feed};
    return shot;
}

std::vector<std::string> codes(const std::vector<HealthNote>& notes) {
    std::vector<std::string> all;
    for (const HealthNote& note : notes) all.push_back(note.code);
    return all;
}

using Codes = std::vector<std::string>;

struct Case {
    std::string when;
    std::function<void(Snapshot&)> spoil;
    bool live;
    Codes reasons;
    Codes warnings;
};

FeedSnapshot& feed(Snapshot& shot) { return shot.feeds.at(0); }

const std::vector<Case> cases{
    {"all is well", [](Snapshot&) {}, true, {}, {}},
    {"a few rows are rejected", [](Snapshot& s) { feed(s).unresolved = 99; }, true, {}, {}},
    {"many rows are rejected", [](Snapshot& s) { feed(s).unresolved = 100; }, true, {}, {"many_rejects"}},
    {"all that came was rejected, of few rows",
     [](Snapshot& s) { feed(s).events = 0, feed(s).rejects = feed(s).unresolved = 10; },
     true,
     {},
     {"many_rejects"}},
    {"what was rejected is mended",
     [](Snapshot& s) { feed(s).events = 0, feed(s).rejects = 10, feed(s).unresolved = 0; },
     true,
     {},
     {}},
    {"it starts", [](Snapshot& s) { s.stage = ProcessStage::starting; }, true, {"starting"}, {}},
    {"it stops", [](Snapshot& s) { s.stage = ProcessStage::stopping; }, true, {"stopping"}, {}},
    {"the broker is away", [](Snapshot& s) { s.broker.ok = false; }, true, {"broker"}, {}},
    {"the broker was not asked for long",
     [](Snapshot& s) { s.broker.last_ok = noon - 31_s; },
     true,
     {"broker_stale"},
     {}},
    {"the broker was asked just lately enough", [](Snapshot& s) { s.broker.last_ok = noon - 30_s; }, true, {}, {}},
    {"the disk is full", [](Snapshot& s) { s.store.ok = false; }, true, {"store"}, {}},
    {"the store had nothing to do for a day", [](Snapshot& s) { s.store.last_ok = noon - 86'400_s; }, true, {}, {}},
    {"the commit loop does not turn",
     [](Snapshot& s) { s.loops[0].last_turn = noon - 121_s; },
     false,
     {"loop_stuck"},
     {}},
    {"the commit loop is inside one step for too long",
     [](Snapshot& s) {
         s.loops[0].activity = {Step::commit_kafka, noon - 70_s, 60_s};
     },
     true,
     {"stalled"},
     {}},
    {"the clock was set back", [](Snapshot& s) { s.now -= 3000_s; }, true, {}, {}},
    {"a source has not answered yet",
     [](Snapshot& s) { feed(s).state = FeedState::unassigned; },
     true,
     {"not_started"},
     {}},
    {"a source fails",
     [](Snapshot& s) {
         feed(s).state = FeedState::waiting;
         feed(s).code = "refused";
     },
     true,
     {"refused"},
     {}},
    {"a source is stale", [](Snapshot& s) { feed(s).last_pull = noon - 31_s; }, true, {"source_stale"}, {}},
    {"a source is just fresh", [](Snapshot& s) { feed(s).last_pull = noon - 30_s; }, true, {}, {}},
    {"an hourly source was asked three hours ago",
     [](Snapshot& s) {
         feed(s).every = 3600_s;
         feed(s).last_pull = noon - 10'800_s;
     },
     true,
     {},
     {}},
    {"an hourly source was asked longer ago",
     [](Snapshot& s) {
         feed(s).every = 3600_s;
         feed(s).last_pull = noon - 10'801_s;
     },
     true,
     {"source_stale"},
     {}},
    {"a log had no news for a day",
     [](Snapshot& s) {
         feed(s).waits_for_news = true;
         feed(s).last_pull = noon - 86'400_s;
     },
     true,
     {},
     {}},
    {"the queue is full, so nothing is pulled",
     [](Snapshot& s) {
         feed(s).last_pull = noon - 600_s;
         feed(s).activity = {Step::wait_for_room, noon - 600_s, 0};
     },
     true,
     {},
     {}},
    {"a feed is stalled", [](Snapshot& s) { feed(s).state = FeedState::stalled; }, true, {"stalled"}, {}},
    {"a feed is parked", [](Snapshot& s) { feed(s).state = FeedState::parked; }, true, {"parked"}, {}},
    {"a feed is stopped", [](Snapshot& s) { feed(s).state = FeedState::stopped; }, true, {"stopped"}, {}},
    {"a feed is paused", [](Snapshot& s) { feed(s).state = FeedState::paused; }, true, {}, {"paused"}},
    {"a right is missing",
     [](Snapshot& s) {
         feed(s).conditions = {{"no_read_all_stats", "the role lacks pg_read_all_stats"}};
     },
     true,
     {},
     {"no_read_all_stats"}},
    {"the state is throw-away",
     [](Snapshot& s) {
         s.conditions = {{"embedded_broker", "nothing is kept"}};
     },
     true,
     {},
     {"embedded_broker"}},
    {"everything is wrong at once",
     [](Snapshot& s) {
         s.loops[0].last_turn = noon - 500_s;
         s.broker.ok = s.store.ok = false;
         feed(s).state = FeedState::parked;
         feed(s).conditions = {{"skew", "the clock is ahead"}};
     },
     false,
     {"loop_stuck", "broker", "store", "parked"},
     {"skew"}},
};

}  // namespace

TEST_CASE("health is what the last real interactions say", "[health]") {
    for (const Case& each : cases) {
        DYNAMIC_SECTION(each.when) {
            Snapshot shot = healthy();
            each.spoil(shot);
            const Health health = judge(shot);
            CHECK(health.live == each.live);
            CHECK(health.ready == each.reasons.empty());
            CHECK(codes(health.reasons) == each.reasons);
            CHECK(codes(health.warnings) == each.warnings);
        }
    }
}

TEST_CASE("a reason names the feed, what failed, since when and what happens next", "[health]") {
    Snapshot shot = healthy();
    feed(shot).state = FeedState::waiting;
    feed(shot).reason = "connection refused";
    feed(shot).since = noon - 125_s;
    feed(shot).retry_at = noon + 8_s;
    const auto reason = judge(shot).reasons.at(0);
    CHECK(reason.source == "erp");
    CHECK(reason.feed == "sales");
    CHECK(reason.what == "connection refused (for 2 min 5 s, next try in 8 s)");
}

TEST_CASE("freshness is settable", "[health]") {
    Snapshot shot = healthy();
    CHECK(judge(shot, {.source_polls = 1, .source_least = 3_s}).ready);
    feed(shot).last_pull = noon - 6_s;
    CHECK(codes(judge(shot, {.source_polls = 1, .source_least = 3_s}).reasons) == Codes{"source_stale"});
}

TEST_CASE("spans read as a person would say them", "[health]") {
    CHECK(readable_span(250'000) == "250 ms");
    CHECK(readable_span(45_s) == "45 s");
    CHECK(readable_span(60_s) == "1 min");
    CHECK(readable_span(125_s) == "2 min 5 s");
    CHECK(readable_span(12'000_s) == "3 h 20 min");
    CHECK(readable_span(187'200_s) == "2 d 4 h");
}
