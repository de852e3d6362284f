#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/runtime/pipeline.hpp"

namespace tributary {

/// The threads that step the pipelines: polled feeds share a bounded number, feeds that wait for news have one each.
/// Each pipeline is stepped by one thread at a time.
class FeedPool {
  public:
    FeedPool(std::vector<Pipeline*> polled, std::vector<Pipeline*> waiting, std::size_t threads, Clock clock);
    ~FeedPool();

    /// The queue has room again: whoever waited for it is stepped.
    void room();
    /// Asks every step to end; returns when all threads have, or after `micros`: false.
    bool stop(std::int64_t micros);

  private:
    struct Slot {
        Pipeline* pipeline = nullptr;
        std::int64_t due = 0;
        bool when_room = false;
        bool busy = false;
    };
    void poll(std::stop_token stop);
    void wait_for_news(Pipeline& pipeline, std::stop_token stop);
    Slot* due_slot(std::int64_t now, std::int64_t& next);

    Clock clock_;
    std::mutex mutex_;  ///< Guards the slots and the count of threads.
    std::condition_variable_any changed_;
    std::vector<Slot> slots_;
    std::size_t running_ = 0;
    std::uint64_t rooms_ = 0;
    std::vector<std::jthread> threads_;
};

}  // namespace tributary
