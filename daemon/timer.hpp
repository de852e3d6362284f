#pragma once

#include <chrono>
#include <functional>
#include <stop_token>
#include <thread>

namespace tributary {

/// Calls `due` on a thread of its own after `wait`, unless it is gone by then.
class Timer {
  public:
    Timer(std::chrono::milliseconds wait, std::function<void()> due);

  private:
    std::jthread thread_;
};

/// A stop token that asks to stop by itself.
class Deadline {
  public:
    explicit Deadline(std::chrono::milliseconds wait) : timer_(wait, [this] { stop_.request_stop(); }) {}

    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;

    std::stop_token token() const { return stop_.get_token(); }

  private:
    std::stop_source stop_;
    Timer timer_;
};

}  // namespace tributary
