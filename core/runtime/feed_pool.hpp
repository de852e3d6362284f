#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "core/model/time.hpp"
#include "core/runtime/polled.hpp"

namespace tributary {

/// The threads that step pipelines and look-ups. Feeds that wait for news have one each. Polled ones share threads that
/// are made on demand: one more than work, so that somebody watches what falls due, up to so many for each source. What
/// has been due for longest goes first: a load, which is due again after each page, lets the others in between. Pulls
/// that hang therefore hold up feeds of their own source only. Each pipeline is stepped by one thread at a time.
class FeedPool {
  public:
    /// How many threads a source has, by its name.
    using ThreadsOf = std::function<std::size_t(const std::string& source)>;
    FeedPool(std::vector<Polled*> polled, std::vector<Polled*> waiting, const ThreadsOf& threads_of, Clock clock);
    ~FeedPool();

    /// The queue has room again, or a look-up was read: whoever waited for it is stepped.
    void room();
    /// Asks every step to end; returns when all threads have, or after `micros`: false.
    bool stop(std::int64_t micros);

  private:
    struct Slot {
        Polled* feed = nullptr;
        std::size_t source = 0;  ///< Into `sources_`.
        std::int64_t due = 0;
        bool when_room = false;
        bool busy = false;
    };
    void poll(std::stop_token stop);
    void wait_for_news(Polled& feed, std::stop_token stop);
    void start_watcher();
    void step(Slot& slot, std::unique_lock<std::mutex>& lock, std::stop_token stop);
    Slot* due_slot(std::int64_t now, std::int64_t& next);

    Clock clock_;
    std::mutex mutex_;  ///< Guards everything below.
    std::condition_variable_any changed_;
    std::vector<Slot> slots_;
    struct OfSource {
        std::string name;
        std::size_t threads = 0;  ///< At most.
        std::size_t at_work = 0;  ///< Threads inside a step.
    };
    std::vector<OfSource> sources_;
    std::size_t most_pollers_ = 0;
    std::size_t pollers_ = 0;
    std::size_t watchers_ = 0;  ///< Pollers that are inside no step.
    std::size_t running_ = 0;
    std::uint64_t rooms_ = 0;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace tributary
