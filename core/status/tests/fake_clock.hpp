#pragma once

#include <cstdint>
#include <memory>

#include "core/model/time.hpp"

namespace tributary {

constexpr std::int64_t operator""_s(unsigned long long seconds) {
    return static_cast<std::int64_t>(seconds) * 1'000'000;
}

/// A clock that moves when a test says so. Copies show the same time.
class FakeClock {
  public:
    std::int64_t operator()() const { return *now_; }
    void pass(std::int64_t span) { *now_ += span; }

  private:
    /// 2026-01-31T12:00:00Z
    std::shared_ptr<std::int64_t> now_ = std::make_shared<std::int64_t>(1'769'860'800'000'000);
};

}  // namespace tributary
