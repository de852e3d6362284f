#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/runtime/work.hpp"

namespace tributary {

/// Batches between the feeds and the commit loop, bounded in bytes and drained in turn, so that a load delays another
/// feed by at most one batch. Thread-safe: feeds offer, the commit loop takes.
class WorkQueue {
  public:
    struct Limits {
        std::size_t bytes = 48 * 1024 * 1024;       ///< All feeds together.
        std::size_t feed_bytes = 24 * 1024 * 1024;  ///< Of one feed; one batch always fits.
    };
    WorkQueue(std::size_t feeds, Limits limits) : feeds_(feeds), limits_(limits) {}

    /// False: no room now; `work` stays the caller's. Older generations than the feed's are dropped silently.
    bool offer(std::unique_ptr<Work>& work, std::int64_t now);
    /// Whether `offer` would find room.
    bool has_room(FeedNo feed) const;

    struct Ready {
        std::size_t rows = 0;
        std::size_t bytes = 0;
        std::int64_t since = 0;  ///< When the oldest was offered.
        bool loading = false;    ///< The oldest is part of a first load.
    };
    Ready ready() const;
    /// Whole batches in turn of the feeds until `rows` or `bytes` are reached; at least one if there is any.
    std::vector<std::unique_ptr<Work>> take(std::size_t rows, std::size_t bytes);
    /// The commit loop is done with work it took: its bytes count until then. Saying so again does nothing.
    void done(Work& work);

    /// Drops what is queued of the feed and whatever is still offered for an older generation.
    std::uint64_t rewind(FeedNo feed);
    std::uint64_t generation(FeedNo feed) const;
    std::size_t bytes(FeedNo feed) const;
    std::size_t bytes() const;

    /// Called, outside the lock, when something was offered or room was made.
    void on_offer(std::function<void()> wake) { offered_ = std::move(wake); }
    void on_room(std::function<void(FeedNo)> wake) { room_ = std::move(wake); }
    /// Called with a feed's bytes whenever they change, under the lock so that the last call says how it is: must not
    /// call back.
    void on_bytes(std::function<void(FeedNo, std::size_t)> tell) { told_ = std::move(tell); }

  private:
    struct Queued {
        std::unique_ptr<Work> work;
        std::int64_t since = 0;
    };
    struct PerFeed {
        std::deque<Queued> queued;
        std::size_t bytes = 0;  ///< Queued and taken, not yet done.
        std::uint64_t generation = 0;
    };
    bool room(const PerFeed& feed, std::size_t bytes) const;
    void add(FeedNo number, std::size_t bytes);
    void subtract(FeedNo number, std::size_t bytes);

    mutable std::mutex mutex_;  ///< Guards everything below; held for list operations only.
    std::vector<PerFeed> feeds_;
    Limits limits_;
    std::size_t bytes_ = 0;
    std::size_t turn_ = 0;
    std::function<void()> offered_;
    std::function<void(FeedNo)> room_;
    std::function<void(FeedNo, std::size_t)> told_;
};

}  // namespace tributary
