#include "core/runtime/pipeline.hpp"

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "core/runtime/tests/fake_feed.hpp"
#include "core/status/health.hpp"
#include "core/status/tests/fake_clock.hpp"

namespace tributary {
namespace {

constexpr std::int64_t second = 1'000'000;
const Error away{Verdict::retry, "source_away", "the source is away"};
const Error refused{Verdict::stop, "no_table", "there is no such table"};

struct Fixture {
    FakeClock clock;
    StatusBoard board{{}, clock};
    FeedStatus& status = board.feed({.source = "erp", .feed = "products", .streams = {"products"}, .every = second});
    WorkQueue queue{1, {.bytes = 1, .feed_bytes = 1}};  // one batch fits, a second one waits
    StreamInfo info;
    FakeFeed::Script script;
    std::int64_t pulls = 0;
    Pipeline pipeline{product_pipeline(info, status), std::make_unique<FakeFeed>(script), queue, clock};

    Fixture() {
        script.pull = [this](const Position&, std::stop_token) {
            ++pulls;
            return product_batch(std::to_string(pulls), pulls, "anvil");
        };
    }
    FeedSnapshot shown() const { return board.snapshot().feeds.at(0); }
    /// Steps when the pipeline asks for it.
    void step() {
        const auto next = pipeline.step({});
        if (next.at > clock()) clock.pass(next.at - clock());
    }
    void commit() {
        for (const auto& work : queue.take(1, 1)) queue.done(*work);
    }
    bool names(std::string_view code) const {
        const Health health = judge(board.snapshot());
        return std::ranges::any_of(health.reasons, [&](const auto& note) { return note.code == code; });
    }
};

}  // namespace

TEST_CASE("a feed that waits for room is not blamed for being stale, however long it lasts", "[pipeline]") {
    Fixture f;
    f.step();
    f.step();
    REQUIRE(f.pulls == 2);
    f.clock.pass(600 * second);
    f.step();
    CHECK(f.pulls == 2);
    CHECK(f.shown().activity.step == Step::wait_for_room);
    CHECK_FALSE(f.names("source_stale"));
    // room again: from now on it has as long as ever to pull
    f.script.pull = [](const Position&, std::stop_token) -> Result<Batch> {
        return fail(Verdict::retry, "stopped", "");
    };
    f.commit();
    f.step();
    CHECK(f.shown().activity.step == Step::idle);
    CHECK_FALSE(f.names("source_stale"));
    f.clock.pass(31 * second);
    CHECK(f.names("source_stale"));
}

TEST_CASE("each time a feed goes on after a failure is counted", "[pipeline]") {
    Fixture f;
    const auto works = f.script.pull;
    f.step();
    f.commit();
    CHECK(f.shown().restarts == 0);

    f.script.pull = [](const Position&, std::stop_token) -> Result<Batch> { return std::unexpected(away); };
    f.step();
    f.step();
    CHECK(f.shown().restarts == 0);
    f.script.pull = works;
    f.step();
    f.commit();
    CHECK(f.shown().restarts == 1);

    f.script.pull = [](const Position&, std::stop_token) -> Result<Batch> { return std::unexpected(refused); };
    f.step();
    CHECK(f.shown().state == FeedState::parked);
    f.script.pull = works;
    f.step();
    f.commit();
    f.step();
    f.commit();
    CHECK(f.shown().restarts == 2);

    f.pipeline.refused({Verdict::retry, "topic_refused", "no right"}, f.queue.rewind(0));
    f.step();
    CHECK(f.shown().state == FeedState::parked);
    f.step();
    f.commit();
    f.pipeline.committed({"3"});
    f.step();
    CHECK(f.shown().restarts == 3);
}

TEST_CASE("a source that asks to be left alone is, for that long at least", "[pipeline]") {
    Fixture f;
    Error busy = away;
    busy.retry_after = 90 * second;
    f.script.pull = [&](const Position&, std::stop_token) -> Result<Batch> {
        ++f.pulls;
        return std::unexpected(busy);
    };
    f.step();
    f.clock.pass(-1);
    f.step();
    CHECK(f.pulls == 1);
    f.clock.pass(1);
    f.step();
    CHECK(f.pulls == 2);
}

TEST_CASE("once a source answers one of its feeds again, the others do not sit their pauses out", "[pipeline]") {
    FakeClock clock;
    StatusBoard board({}, clock);
    WorkQueue queue(1, {.bytes = 1 << 20, .feed_bytes = 1 << 20});
    StreamInfo info;
    const auto came_back = std::make_shared<std::atomic<std::int64_t>>(no_time);
    bool answers = false;
    std::array<int, 2> pulls{};
    std::array<FakeFeed::Script, 2> scripts;
    std::vector<std::unique_ptr<Pipeline>> feeds;
    for (std::size_t i = 0; i < 2; ++i) {
        scripts[i].pull = [&, i](const Position&, std::stop_token) -> Result<Batch> {
            ++pulls[i];
            if (!answers) return std::unexpected(away);
            return product_batch("1", 1, "anvil");
        };
        auto setup = product_pipeline(info, board.feed({.source = "erp", .feed = "f" + std::to_string(i)}));
        setup.came_back = came_back;
        feeds.push_back(
            std::make_unique<Pipeline>(std::move(setup), std::make_unique<FakeFeed>(scripts[i]), queue, clock));
    }
    // the second one's pauses grow to half a minute and more
    while (pulls[1] < 12) {
        const auto next = feeds[1]->step({});
        if (next.at > clock()) clock.pass(next.at - clock());
    }
    CHECK(clock() > 60 * second);
    (void)feeds[0]->step({});
    answers = true;
    clock.pass(2 * second);
    (void)feeds[0]->step({});
    CHECK(came_back->load() == clock());
    const int before = pulls[1];
    clock.pass(second);
    (void)feeds[1]->step({});
    CHECK(pulls[1] == before + 1);
}

TEST_CASE("a connector that is slow to take a commit does not hold the commit loop up", "[pipeline]") {
    Fixture f;
    std::future<void> commit_loop;
    std::future_status went_on = std::future_status::timeout;
    f.script.committed = [&](const Position&) {
        commit_loop = std::async(std::launch::async, [&] { f.pipeline.committed({"2"}); });
        went_on = commit_loop.wait_for(std::chrono::seconds(5));
    };
    f.pipeline.committed({"1"});
    f.step();
    CHECK(went_on == std::future_status::ready);
    f.script.committed = [](const Position&) {};
}

}  // namespace tributary
