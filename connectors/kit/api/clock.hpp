#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tributary::api {

/// The source's clock between its answers: what it showed last, and what this machine's steady clock has counted since.
/// Never ahead of the source's own, unless that was set back since. Microseconds UTC.
class SourceClock {
  public:
    using Steady = std::chrono::steady_clock::time_point;

    /// `shown`: http::Answer::clock; `no_time` is passed over.
    void saw(std::int64_t shown, Steady now = std::chrono::steady_clock::now());
    /// Nothing: the source has not shown its clock.
    std::optional<std::int64_t> read(Steady now = std::chrono::steady_clock::now()) const;

  private:
    std::optional<std::int64_t> shown_;
    Steady at_{};
};

}  // namespace tributary::api
