#include "core/runtime/feed_pool.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "core/runtime/tests/fake_feed.hpp"

namespace tributary {
namespace {

constexpr auto patience = std::chrono::seconds(20);

std::size_t two_threads(const std::string&) { return 2; }

/// Feeds of two sources: one whose pulls hang until they are stopped, one that answers.
struct Fixture {
    StatusBoard board{{}, wall_clock()};
    WorkQueue queue{16, {}};
    StreamInfo info;
    std::atomic<int> hanging = 0;
    std::atomic<int> most_hanging = 0;
    std::atomic<int> answered = 0;
    std::promise<void> enough;
    FakeFeed::Script hangs;
    FakeFeed::Script answers;
    std::vector<std::unique_ptr<Pipeline>> pipelines;

    Fixture() {
        hangs.pull = [this](const Position&, std::stop_token stop) -> Result<Batch> {
            most_hanging = std::max(most_hanging.load(), ++hanging);
            std::promise<void> stopped;
            const std::stop_callback on_stop(stop, [&] { stopped.set_value(); });
            stopped.get_future().wait();
            --hanging;
            return fail(Verdict::retry, "stopped", "stopped");
        };
        answers.pull = [this](const Position&, std::stop_token) -> Result<Batch> {
            if (++answered == 5) enough.set_value();
            Batch batch;
            batch.more = true;
            return batch;
        };
    }
    void add(const std::string& source, FakeFeed::Script& script) {
        FeedStatus& status = board.feed({.source = source, .feed = "products"});
        auto setup = product_pipeline(info, status, static_cast<FeedNo>(pipelines.size()));
        setup.source = source;
        setup.every = 1'000;
        pipelines.push_back(
            std::make_unique<Pipeline>(std::move(setup), std::make_unique<FakeFeed>(script), queue, wall_clock()));
    }
    std::vector<Polled*> all() const {
        std::vector<Polled*> list;
        for (const auto& pipeline : pipelines) list.push_back(pipeline.get());
        return list;
    }
};

}  // namespace

TEST_CASE("pulls of a source that hang leave the other sources their threads", "[pool]") {
    Fixture f;
    for (int i = 0; i < 8; ++i) f.add("crm", f.hangs);
    f.add("erp", f.answers);
    FeedPool pool(f.all(), {}, two_threads, wall_clock());
    CHECK(f.enough.get_future().wait_for(patience) == std::future_status::ready);
    CHECK(pool.stop(20'000'000));
    CHECK(f.most_hanging == 2);
    CHECK(f.hanging == 0);
}

TEST_CASE("a source has as many threads as it says", "[pool]") {
    Fixture f;
    for (int i = 0; i < 8; ++i) f.add("crm", f.hangs);
    FeedPool pool(
        f.all(), {}, [](const std::string& source) { return source == "crm" ? 5U : 0U; }, wall_clock());
    for (int tries = 0; f.hanging < 5 && tries < 2'000; ++tries)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));  // what is waited for, with a deadline
    CHECK(pool.stop(20'000'000));
    CHECK(f.most_hanging == 5);
}

TEST_CASE("loads that find room again and again do not keep a poll out", "[pool]") {
    // each step of a load makes room for all of them, as a commit does
    struct Load : Polled {
        explicit Load(std::atomic<FeedPool*>& its_pool) : pool(its_pool) {}
        Next step(std::stop_token) override {
            if (FeedPool* const known = pool) known->room();
            return {wall_clock_now() + 1'000'000, true};
        }
        const std::string& source() const override { return name; }
        std::atomic<FeedPool*>& pool;
        std::string name = "erp";
    };
    struct Poll : Polled {
        Next step(std::stop_token) override {
            if (++steps == 20) done.set_value();
            return {wall_clock_now(), false};
        }
        const std::string& source() const override { return name; }
        std::string name = "erp";
        int steps = 0;
        std::promise<void> done;
    };
    std::atomic<FeedPool*> known = nullptr;
    std::vector<std::unique_ptr<Load>> loads;
    Poll poll;
    std::vector<Polled*> all;
    for (int i = 0; i < 6; ++i) all.push_back(loads.emplace_back(std::make_unique<Load>(known)).get());
    all.push_back(&poll);
    FeedPool pool(
        all, {}, [](const std::string&) { return 1U; }, wall_clock());
    known = &pool;
    pool.room();
    CHECK(poll.done.get_future().wait_for(patience) == std::future_status::ready);
    CHECK(pool.stop(20'000'000));
}

TEST_CASE("a pool without polled feeds has nothing to wait for", "[pool]") {
    FeedPool pool({}, {}, two_threads, wall_clock());
    CHECK(pool.stop(0));
}

}  // namespace tributary
