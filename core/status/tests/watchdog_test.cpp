#include "core/status/watchdog.hpp"

#include <spdlog/sinks/ostream_sink.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "core/status/log.hpp"
#include "core/status/tests/fake_clock.hpp"

using namespace tributary;

namespace {

struct Fixture {
    Fixture() {
        start_log({.clock = clock, .sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(out)});
        watchdog.turn();
    }
    ~Fixture() { start_log({.level = LogLevel::warning}); }

    /// What the watchdog writes when it looks once more; nothing: "".
    std::string look() {
        out.str("");
        watchdog.turn();
        return out.str();
    }
    static bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

    std::ostringstream out;
    FakeClock clock;
    StatusBoard board{{}, clock};
    FeedStatus& feed = board.feed({.source = "erp", .feed = "sales"});
    LoopStatus& loop = board.loop("commit", 30_s);
    Watchdog watchdog{board};
};

}  // namespace

TEST_CASE("the watchdog says once that a feed stalls and once that it runs again", "[watchdog]") {
    Fixture f;
    f.feed.pulled({.rows = 1});
    CHECK(f.says(f.look(), "feed: running source=erp feed=sales"));
    CHECK(f.look().empty());
    {
        auto step = f.feed.enter(Step::pull, 10_s);
        f.clock.pass(11_s);
        CHECK(f.says(f.look(), "error   feed: stalled source=erp feed=sales reason=\"stuck in pull"));
        f.clock.pass(1_s);
        f.loop.turned();
        CHECK(f.look().empty());
    }
    CHECK(f.says(f.look(), "feed: running"));
}

TEST_CASE("the watchdog names the loop that does not turn and the step it is in", "[watchdog]") {
    Fixture f;
    auto step = f.loop.enter(Step::commit_kafka, 0);
    f.clock.pass(31_s);
    const auto said = f.look();
    CHECK(f.says(said, "watchdog: loop is stuck loop=commit step=commit_kafka"));
    f.loop.turned();
    CHECK(f.says(f.look(), "loop goes on loop=commit"));
}

TEST_CASE("the watchdog tells of a broker that goes and comes", "[watchdog]") {
    Fixture f;
    f.board.broker_ok();
    CHECK(f.says(f.look(), "broker: answers"));
    f.board.broker_failed({Verdict::retry, "transport", "no broker reachable"});
    CHECK(f.says(f.look(), "error   broker: fails code=transport reason=\"no broker reachable\""));
    f.board.broker_failed({Verdict::retry, "transport", "no broker reachable"});
    CHECK(f.look().empty());
}

TEST_CASE("the watchdog tells of conditions when they come and when they are over", "[watchdog]") {
    Fixture f;
    const std::vector<Condition> two{{"no_right", "a right is missing"}, {"skew", "the clock is ahead"}};
    f.feed.pulled({.conditions = two});
    const auto said = f.look();
    CHECK(f.says(said, "code=no_right"));
    CHECK(f.says(said, "code=skew"));
    CHECK(f.look().empty());
    f.feed.pulled({});
    CHECK(f.says(f.look(), "condition is over source=erp feed=sales code=no_right"));
}

TEST_CASE("the watchdog reports a load every ten seconds and its end", "[watchdog]") {
    Fixture f;
    f.feed.pulled({.rows = 1000, .phase = FeedPhase::load, .progress = {1000, 4000}});
    CHECK(f.says(f.look(), "feed: loading source=erp feed=sales rows=1000 expected=4000"));
    f.clock.pass(1_s);
    f.feed.pulled({.rows = 1000, .phase = FeedPhase::load, .progress = {2000, 4000}});
    CHECK(f.look().empty());
    f.clock.pass(9_s);
    CHECK(f.says(f.look(), "rows=2000 expected=4000 rows_per_second=1000 left="));
    f.feed.pulled({.rows = 2000, .phase = FeedPhase::poll});
    CHECK(f.says(f.look(), "feed: loaded source=erp feed=sales rows=4000"));
}
