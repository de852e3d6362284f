#include "core/status/board.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "core/status/tests/fake_clock.hpp"

using namespace tributary;

namespace {

struct Fixture {
    FakeClock clock;
    StatusBoard board{{.version = "1.2.3", .instance = "east", .tenant = "acme"}, clock};
    FeedStatus& feed = board.feed({.source = "erp", .feed = "sales", .streams = {"sales"}, .every = 5_s});

    FeedSnapshot shown() const { return board.snapshot().feeds.at(0); }
};

const Error refused{Verdict::retry, "refused", "connection refused"};

}  // namespace

TEST_CASE("a feed is unassigned until its source answers, then runs", "[board]") {
    Fixture f;
    CHECK(f.shown().state == FeedState::unassigned);
    f.clock.pass(3_s);
    f.feed.pulled({.rows = 7});
    CHECK(f.shown().state == FeedState::running);
    CHECK(f.shown().since == f.clock());
    CHECK(f.shown().last_pull == f.clock());
    CHECK(f.shown().rows == 7);
}

TEST_CASE("a failed pull says why, since when and when it is tried again", "[board]") {
    Fixture f;
    f.feed.pulled({});
    f.clock.pass(1_s);
    const auto failed_at = f.clock();
    f.feed.failed(refused, f.clock() + 2_s);
    f.clock.pass(2_s);
    f.feed.failed(refused, f.clock() + 4_s);
    const auto shown = f.shown();
    CHECK(shown.state == FeedState::waiting);
    CHECK(shown.code == "refused");
    CHECK(shown.reason == "connection refused");
    CHECK(shown.since == failed_at);
    CHECK(shown.retry_at == f.clock() + 4_s);
    CHECK(shown.pull_errors == 2);
}

TEST_CASE("an answer ends waiting and clears the reason", "[board]") {
    Fixture f;
    f.feed.failed(refused, f.clock() + 2_s);
    f.feed.pulled({});
    CHECK(f.shown().state == FeedState::running);
    CHECK(f.shown().reason.empty());
    CHECK(f.shown().retry_at == no_time);
}

TEST_CASE("a pull that was under way does not wake a paused or parked feed", "[board]") {
    Fixture f;
    f.feed.paused("by hand");
    f.feed.pulled({.rows = 1});
    CHECK(f.shown().state == FeedState::paused);
    f.feed.parked({Verdict::stop, "no_column", "no column 'x'"});
    f.feed.pulled({.rows = 1});
    CHECK(f.shown().state == FeedState::parked);
    f.feed.resumed();
    f.feed.pulled({.rows = 1});
    CHECK(f.shown().state == FeedState::running);
}

TEST_CASE("a step that outlasts its limit shows as stalled until it ends", "[board]") {
    Fixture f;
    f.feed.pulled({});
    {
        auto step = f.feed.enter(Step::pull, 60_s);
        f.clock.pass(60_s);
        CHECK(f.shown().state == FeedState::running);
        f.clock.pass(5_s);
        CHECK(f.shown().state == FeedState::stalled);
        CHECK(f.shown().reason == "stuck in pull for 1 min 5 s, at most 1 min is expected");
    }
    CHECK(f.shown().state == FeedState::running);
}

TEST_CASE("a parked feed stays parked although its step is overdue", "[board]") {
    Fixture f;
    auto step = f.feed.enter(Step::pull, 1_s);
    f.feed.parked({Verdict::stop, "no_right", "no right"});
    f.clock.pass(10_s);
    CHECK(f.shown().state == FeedState::parked);
}

TEST_CASE("a commit moves position and lag; one without events leaves the last event's time", "[board]") {
    Fixture f;
    f.feed.committed({.events = 3, .rejects = 1, .position = R"({"v":1})", .current_to = 100, .unresolved = 1});
    const auto first = f.clock();
    f.clock.pass(9_s);
    f.feed.committed({.position = R"({"v":2})", .current_to = 200});
    const auto shown = f.shown();
    CHECK(shown.events == 3);
    CHECK(shown.rejects == 1);
    CHECK(shown.unresolved == 1);
    CHECK(shown.last_event == first);
    CHECK(shown.position == R"({"v":2})");
    CHECK(shown.current_to == 200);
    f.feed.caught_up(300);
    CHECK(f.shown().current_to == 300);
    f.feed.committed({});
    CHECK(f.shown().current_to == 300);
    CHECK(f.shown().position == R"({"v":2})");
}

TEST_CASE("conditions are those of the last pull", "[board]") {
    Fixture f;
    const std::vector<Condition> seen{{"no_right", "pg_read_all_stats is missing"}};
    f.feed.pulled({.conditions = seen});
    CHECK(f.shown().conditions == seen);
    f.feed.pulled({});
    CHECK(f.shown().conditions.empty());
}

TEST_CASE("a load shows its rate and when it will end", "[board]") {
    Fixture f;
    for (int page = 0; page <= 10; ++page) {
        f.feed.pulled({.rows = 1000, .phase = FeedPhase::load, .progress = {page * 1000, 20'000}});
        f.clock.pass(1_s);
    }
    CHECK(f.shown().rows_per_second == Approx(1000));
    CHECK(f.shown().eta == f.clock() - 1_s + 10_s);
    f.feed.pulled({.phase = FeedPhase::poll});
    CHECK(f.shown().rows_per_second == 0);
    CHECK(f.shown().eta == no_time);
}

TEST_CASE("a link keeps when it last worked and since when it fails", "[board]") {
    Fixture f;
    CHECK_FALSE(f.board.snapshot().broker.ok);
    f.board.broker_ok();
    const auto worked = f.clock();
    f.clock.pass(10_s);
    f.board.broker_failed(refused);
    f.clock.pass(10_s);
    f.board.broker_failed(refused);
    const auto broker = f.board.snapshot().broker;
    CHECK_FALSE(broker.ok);
    CHECK(broker.last_ok == worked);
    CHECK(broker.since == worked + 10_s);
    CHECK(broker.reason == "connection refused");
    f.board.broker_ok();
    CHECK(f.board.snapshot().broker.ok);
    CHECK(f.board.snapshot().broker.reason.empty());
}

TEST_CASE("a store's commit is also its proof of life", "[board]") {
    Fixture f;
    f.board.store_failed({Verdict::retry, "disk_full", "no space left"});
    f.board.store_committed(42);
    CHECK(f.board.snapshot().store.ok);
    CHECK(f.board.snapshot().last_commit_number == 42);
}

TEST_CASE("a loop's step counts as a turn and ends with its scope", "[board]") {
    Fixture f;
    LoopStatus& loop = f.board.loop("commit", 30_s);
    f.clock.pass(10_s);
    {
        auto step = loop.enter(Step::commit_kafka, 60_s);
        CHECK(f.board.snapshot().loops.at(0).activity.step == Step::commit_kafka);
    }
    CHECK(f.board.snapshot().loops.at(0).last_turn == f.clock());
    CHECK(f.board.snapshot().loops.at(0).activity.step == Step::idle);
}

TEST_CASE("readers see a commit whole while writers write", "[board]") {
    Fixture f;
    constexpr int commits = 20'000;
    std::thread writer([&] {
        for (int i = 0; i < commits; ++i) f.feed.committed({.events = 2, .rejects = 1});
    });
    std::uint64_t events = 0;
    do {
        const auto shown = f.shown();
        REQUIRE(shown.events == 2 * shown.rejects);
        REQUIRE(shown.events >= events);
        events = shown.events;
    } while (events < 2 * commits);
    writer.join();
}

TEST_CASE("a rate forgets a pause, starts over when the count shrinks, and knows no end without an estimate",
          "[board]") {
    RateMeter meter;
    meter.add(0, 0);
    CHECK(meter.eta(100) == no_time);
    meter.add(1_s, 1000);
    CHECK(meter.per_second() == Approx(1000));
    CHECK(meter.eta(0) == no_time);
    meter.add(61_s, 1000);
    CHECK(meter.per_second() < 100);
    meter.add(62_s, 10);
    CHECK(meter.per_second() == 0);
}
