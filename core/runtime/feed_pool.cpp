#include "core/runtime/feed_pool.hpp"

#include <algorithm>
#include <chrono>

namespace tributary {

FeedPool::FeedPool(std::vector<Pipeline*> polled, std::vector<Pipeline*> waiting, std::size_t threads, Clock clock)
    : clock_(std::move(clock)) {
    for (Pipeline* pipeline : polled) slots_.push_back({pipeline, 0, false, false});
    const std::size_t count = std::min(threads, slots_.size());
    running_ = count + waiting.size();
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this](std::stop_token stop) { poll(stop); });
    for (Pipeline* pipeline : waiting)
        threads_.emplace_back([this, pipeline](std::stop_token stop) { wait_for_news(*pipeline, stop); });
}

FeedPool::~FeedPool() {
    for (auto& thread : threads_) thread.request_stop();
}

void FeedPool::room() {
    const std::lock_guard lock(mutex_);
    ++rooms_;
    for (Slot& slot : slots_)
        if (slot.when_room) slot.due = 0;
    changed_.notify_all();
}

FeedPool::Slot* FeedPool::due_slot(std::int64_t now, std::int64_t& next) {
    Slot* first = nullptr;
    next = INT64_MAX;
    for (Slot& slot : slots_) {
        if (slot.busy) continue;
        if (slot.due <= now && (first == nullptr || slot.due < first->due)) first = &slot;
        next = std::min(next, slot.due);
    }
    return first;
}

void FeedPool::poll(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        std::int64_t next = 0;
        const std::int64_t now = clock_();
        Slot* slot = due_slot(now, next);
        if (slot == nullptr) {
            const std::int64_t wait = next == INT64_MAX ? 1'000'000 : std::min<std::int64_t>(next - now, 1'000'000);
            changed_.wait_for(lock, stop, std::chrono::microseconds(wait), [&] {
                std::int64_t ignored = 0;
                return due_slot(clock_(), ignored) != nullptr;
            });
            continue;
        }
        slot->busy = true;
        const std::uint64_t rooms = rooms_;
        lock.unlock();
        const Pipeline::Next after = slot->pipeline->step(stop);
        lock.lock();
        slot->busy = false;
        // room that came while we found none must not be missed
        slot->due = after.when_room && rooms != rooms_ ? 0 : after.at;
        slot->when_room = after.when_room;
        changed_.notify_one();
    }
    --running_;
    changed_.notify_all();
}

void FeedPool::wait_for_news(Pipeline& pipeline, std::stop_token stop) {
    while (!stop.stop_requested()) {
        const std::uint64_t rooms = [&] {
            const std::lock_guard lock(mutex_);
            return rooms_;
        }();
        const Pipeline::Next next = pipeline.step(stop);
        std::unique_lock lock(mutex_);
        const std::int64_t wait = next.at - clock_();
        if (wait > 0)
            changed_.wait_for(lock, stop, std::chrono::microseconds(wait),
                              [&] { return next.when_room && rooms != rooms_; });
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
}

bool FeedPool::stop(std::int64_t micros) {
    for (auto& thread : threads_) thread.request_stop();
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::microseconds(micros), [&] { return running_ == 0; });
}

}  // namespace tributary
