#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "core/model/result.hpp"

namespace tributary::http {

/// How fast and with how many requests at once a source may be asked: shared by all its streams, from any thread.
class Gate {
  public:
    using Clock = std::chrono::steady_clock;

    struct Limits {
        std::chrono::microseconds interval{0};  ///< Between the starts of two requests; 0: no limit.
        unsigned parallel = 0;                  ///< Requests at once; 0: no limit.
        /// Connectors do not sleep; but a wait this short is part of a request, as the wait for its answer is. A longer
        /// one is handed to the core as a retry.
        std::chrono::microseconds most_wait = std::chrono::seconds(20);
    };
    explicit Gate(Limits limits) : limits_(limits) {}

    /// A request that is going on; gives its place back when it ends.
    class Pass {
      public:
        Pass() = default;
        explicit Pass(Gate& gate) : gate_(&gate) {}
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&& other) noexcept {
            std::swap(gate_, other.gate_);
            return *this;
        }
        ~Pass() {
            if (gate_ != nullptr) gate_->leave();
        }

      private:
        Gate* gate_ = nullptr;
    };

    /// Waits for the request's turn on a condition variable, at most `most_wait`; a stop request ends it. Fails
    /// (retry): `stopped`, `rate_limited` with the time until its turn, `source_busy` when all places stay taken.
    Result<Pass> enter(std::stop_token stop);

    /// The source asked to be left alone: nobody enters before that time is over.
    void close_for(std::chrono::microseconds time);

  private:
    void leave();

    const Limits limits_;
    std::mutex mutex_;  ///< Guards what follows; never held while anything is sent.
    std::condition_variable_any changed_;
    Clock::time_point next_{};          ///< When the next request may start.
    Clock::time_point closed_until_{};  ///< By the source's own word.
    unsigned active_ = 0;
};

}  // namespace tributary::http
