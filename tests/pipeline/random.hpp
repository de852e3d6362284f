#pragma once

#include <cstdint>
#include <random>

namespace tributary::simulation {

/// All chance of a schedule comes from one seed, so that a schedule can be run again.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed * 0x9e3779b97f4a7c15 + 1) {}

    /// 0 … n-1.
    std::int64_t below(std::int64_t n) { return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(n)); }
    std::int64_t between(std::int64_t low, std::int64_t high) { return low + below(high - low + 1); }
    bool percent(int chance) { return below(100) < chance; }

  private:
    std::mt19937_64 engine_;
};

}  // namespace tributary::simulation
