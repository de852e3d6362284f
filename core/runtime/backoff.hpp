#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace tributary {

/// Waits that double up to a limit, each shortened by a random part so that many waiters do not come back together.
class Backoff {
  public:
    Backoff(std::int64_t first_micros, std::int64_t most_micros, std::uint64_t seed)
        : first_(first_micros), most_(most_micros), random_(seed) {}

    /// Microseconds to wait before the next try: between half and all of the current step.
    std::int64_t next() {
        const std::int64_t step = std::min(most_, first_ << std::min(tries_, 20));
        ++tries_;
        return step / 2 + std::uniform_int_distribution<std::int64_t>(0, step / 2)(random_);
    }
    /// The same, and never before `at_least` microseconds are over: what the other side asked for.
    std::int64_t next(std::int64_t at_least) { return std::max(next(), at_least); }
    void reset() { tries_ = 0; }
    int tries() const { return tries_; }

  private:
    std::int64_t first_;
    std::int64_t most_;
    int tries_ = 0;
    std::minstd_rand random_;
};

}  // namespace tributary
