#include "core/runtime/feed_pool.hpp"

#include <pthread.h>

#include <algorithm>
#include <chrono>

namespace tributary {

FeedPool::FeedPool(std::vector<Polled*> polled, std::vector<Polled*> waiting, const ThreadsOf& threads_of, Clock clock)
    : clock_(std::move(clock)) {
    std::vector<std::size_t> feeds;
    for (Polled* feed : polled) {
        const auto found = std::ranges::find(sources_, feed->source(), &OfSource::name);
        const auto source = static_cast<std::size_t>(found - sources_.begin());
        if (found == sources_.end()) {
            sources_.push_back({feed->source(), threads_of(feed->source())});
            feeds.push_back(0);
        }
        ++feeds[source];
        slots_.push_back({feed, source, 0, false, false});
    }
    for (std::size_t i = 0; i < sources_.size(); ++i) most_pollers_ += std::min(feeds[i], sources_[i].threads);
    const std::lock_guard lock(mutex_);
    start_watcher();
    running_ += waiting.size();
    for (Polled* feed : waiting)
        threads_.emplace_back([this, feed](std::stop_token stop) {
            pthread_setname_np(pthread_self(), "pull");
            wait_for_news(*feed, stop);
        });
}

FeedPool::~FeedPool() {
    (void)stop(0);
    threads_.clear();  // joins; nobody adds one any more
}

/// With the lock held.
void FeedPool::start_watcher() {
    if (stopping_ || watchers_ > 0 || pollers_ == most_pollers_) return;
    ++pollers_;
    ++watchers_;
    ++running_;
    threads_.emplace_back([this](std::stop_token stop) {
        pthread_setname_np(pthread_self(), "pull");
        poll(stop);
    });
}

void FeedPool::room() {
    const std::lock_guard lock(mutex_);
    ++rooms_;
    // not before those that were due earlier: however often there is room, loads do not keep the others out
    for (Slot& slot : slots_)
        if (slot.when_room) slot.due = std::min(slot.due, clock_());
    changed_.notify_all();
}

FeedPool::Slot* FeedPool::due_slot(std::int64_t now, std::int64_t& next) {
    Slot* first = nullptr;
    next = INT64_MAX;
    for (Slot& slot : slots_) {
        if (slot.busy || sources_[slot.source].at_work >= sources_[slot.source].threads) continue;
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
        step(*slot, lock, stop);
    }
    --watchers_;
    --running_;
    changed_.notify_all();
}

void FeedPool::step(Slot& slot, std::unique_lock<std::mutex>& lock, std::stop_token stop) {
    slot.busy = true;
    ++sources_[slot.source].at_work;
    --watchers_;
    start_watcher();
    const std::uint64_t rooms = rooms_;
    lock.unlock();
    const Polled::Next after = slot.feed->step(stop);
    lock.lock();
    slot.busy = false;
    --sources_[slot.source].at_work;
    ++watchers_;
    // room that came while we found none must not be missed
    slot.due = after.when_room && rooms != rooms_ ? clock_() : after.at;
    slot.when_room = after.when_room;
    changed_.notify_one();
}

void FeedPool::wait_for_news(Polled& feed, std::stop_token stop) {
    while (!stop.stop_requested()) {
        const std::uint64_t rooms = [&] {
            const std::lock_guard lock(mutex_);
            return rooms_;
        }();
        const Polled::Next next = feed.step(stop);
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
    std::unique_lock lock(mutex_);
    stopping_ = true;  // no thread is added from now on
    lock.unlock();
    for (auto& thread : threads_) thread.request_stop();
    lock.lock();
    return changed_.wait_for(lock, std::chrono::microseconds(micros), [&] { return running_ == 0; });
}

}  // namespace tributary
