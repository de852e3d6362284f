#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>

namespace tributary::table {

/// So many may be at work at a time; the others wait, and who came first goes first. A place that is given back goes
/// straight to whoever waits longest, so that nobody who comes by at the right moment overtakes. Thread-safe.
class Turns {
  public:
    explicit Turns(std::size_t places) : free_(places) {}

    /// Waits. False: `stop` came before the turn.
    bool take(std::stop_token stop);
    /// Only if nobody waits and a place stays free behind it.
    bool take_spare();
    void give();

    std::size_t waiting() const;

  private:
    struct Waiter {
        bool called = false;
    };

    mutable std::mutex mutex_;  ///< Guards everything below.
    std::condition_variable_any called_;
    std::deque<Waiter*> waiters_;
    std::size_t free_;
};

}  // namespace tributary::table
