#include "core/runtime/work_queue.hpp"

#include <catch2/catch.hpp>

namespace tributary {
namespace {

std::unique_ptr<Work> work_of(FeedNo feed, std::size_t bytes = 1'000) {
    auto work = std::make_unique<Work>();
    work->feed = feed;
    (void)work->batch.arena.allocate(bytes);
    return work;
}

TEST_CASE("the bytes of a feed are told as they change, and are none once its work is done", "[queue]") {
    WorkQueue queue(2, {});
    std::vector<std::size_t> told(2);
    queue.on_bytes([&](FeedNo feed, std::size_t bytes) { told[feed] = bytes; });
    for (int i = 0; i < 2; ++i) {
        auto work = work_of(1);
        REQUIRE(queue.offer(work, 1));
    }
    CHECK(told[0] == 0);
    CHECK(told[1] == queue.bytes(1));
    auto taken = queue.take(1'000, 1);
    CHECK(told[1] == queue.bytes(1));
    for (const auto& work : taken) queue.done(*work);
    CHECK(told[1] == queue.bytes(1));
    for (const auto& work : queue.take(1'000, 1)) queue.done(*work);
    CHECK(queue.bytes() == 0);
    CHECK(told[1] == 0);
}

TEST_CASE("work that a feed has to pull again is told as gone", "[queue]") {
    WorkQueue queue(1, {});
    std::size_t told = 0;
    queue.on_bytes([&](FeedNo, std::size_t bytes) { told = bytes; });
    auto work = work_of(0);
    REQUIRE(queue.offer(work, 1));
    CHECK(told > 0);
    (void)queue.rewind(0);
    CHECK(told == 0);
}

TEST_CASE("work that grew or shrank after it was offered gives back what it took", "[queue]") {
    WorkQueue queue(1, {});
    auto work = work_of(0, 300'000);
    REQUIRE(queue.offer(work, 1));
    auto taken = queue.take(1, 1);
    REQUIRE(taken.size() == 1);
    taken[0]->batch.arena = Arena();
    queue.done(*taken[0]);
    queue.done(*taken[0]);
    CHECK(queue.bytes(0) == 0);
}

}  // namespace
}  // namespace tributary
