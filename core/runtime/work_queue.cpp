#include "core/runtime/work_queue.hpp"

#include <utility>

namespace tributary {

bool WorkQueue::room(const PerFeed& feed, std::size_t bytes) const {
    if (feed.bytes == 0) return true;  // one batch of each feed always fits, or a large one could never pass
    return feed.bytes + bytes <= limits_.feed_bytes && bytes_ + bytes <= limits_.bytes;
}

void WorkQueue::add(FeedNo number, std::size_t bytes) {
    feeds_[number].bytes += bytes;
    bytes_ += bytes;
    if (told_) told_(number, feeds_[number].bytes);
}

void WorkQueue::subtract(FeedNo number, std::size_t bytes) {
    feeds_[number].bytes -= bytes;
    bytes_ -= bytes;
    if (told_) told_(number, feeds_[number].bytes);
}

bool WorkQueue::has_room(FeedNo feed) const {
    const std::lock_guard lock(mutex_);
    return room(feeds_[feed], 0);
}

bool WorkQueue::offer(std::unique_ptr<Work>& work, std::int64_t now) {
    {
        const std::lock_guard lock(mutex_);
        PerFeed& feed = feeds_[work->feed];
        if (work->generation < feed.generation) {
            work.reset();
            return true;
        }
        const std::size_t bytes = work->bytes();
        if (!room(feed, bytes)) return false;
        const FeedNo number = work->feed;
        work->counted = bytes;
        feed.queued.push_back({std::move(work), now});
        add(number, bytes);
    }
    if (offered_) offered_();
    return true;
}

WorkQueue::Ready WorkQueue::ready() const {
    const std::lock_guard lock(mutex_);
    Ready ready;
    for (const PerFeed& feed : feeds_) {
        for (const Queued& queued : feed.queued) {
            if (ready.since == 0 || queued.since < ready.since) {
                ready.since = queued.since;
                ready.loading = queued.work->batch.cause != Cause::change;
            }
            ready.rows += queued.work->rows.size();
            ready.bytes += queued.work->counted;
        }
    }
    return ready;
}

std::vector<std::unique_ptr<Work>> WorkQueue::take(std::size_t rows, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    std::vector<std::unique_ptr<Work>> taken;
    std::size_t taken_rows = 0;
    std::size_t taken_bytes = 0;
    std::size_t empty_in_a_row = 0;
    while (empty_in_a_row < feeds_.size() && (taken.empty() || (taken_rows < rows && taken_bytes < bytes))) {
        PerFeed& feed = feeds_[turn_];
        turn_ = (turn_ + 1) % feeds_.size();
        if (feed.queued.empty()) {
            ++empty_in_a_row;
            continue;
        }
        empty_in_a_row = 0;
        taken_rows += feed.queued.front().work->rows.size();
        taken_bytes += feed.queued.front().work->counted;
        taken.push_back(std::move(feed.queued.front().work));
        feed.queued.pop_front();
    }
    return taken;
}

void WorkQueue::done(Work& work) {
    {
        const std::lock_guard lock(mutex_);
        subtract(work.feed, std::exchange(work.counted, 0));
    }
    if (room_) room_(work.feed);
}

std::uint64_t WorkQueue::rewind(FeedNo number) {
    const std::lock_guard lock(mutex_);
    PerFeed& feed = feeds_[number];
    for (const Queued& queued : feed.queued) subtract(number, queued.work->counted);
    feed.queued.clear();
    return ++feed.generation;
}

std::uint64_t WorkQueue::generation(FeedNo feed) const {
    const std::lock_guard lock(mutex_);
    return feeds_[feed].generation;
}

std::size_t WorkQueue::bytes(FeedNo feed) const {
    const std::lock_guard lock(mutex_);
    return feeds_[feed].bytes;
}

std::size_t WorkQueue::bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace tributary
