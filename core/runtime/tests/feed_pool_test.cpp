#include "core/runtime/feed_pool.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <future>

#include "core/runtime/tests/fake_feed.hpp"

namespace tributary {
namespace {

constexpr auto patience = std::chrono::seconds(20);

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
    FeedPool pool(f.all(), {}, 2, wall_clock());
    CHECK(f.enough.get_future().wait_for(patience) == std::future_status::ready);
    CHECK(pool.stop(20'000'000));
    CHECK(f.most_hanging == 2);
    CHECK(f.hanging == 0);
}

TEST_CASE("a pool without polled feeds has nothing to wait for", "[pool]") {
    FeedPool pool({}, {}, 2, wall_clock());
    CHECK(pool.stop(0));
}

}  // namespace tributary
