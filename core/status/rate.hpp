#pragma once

#include <cstdint>

#include "core/model/time.hpp"

namespace tributary {

/// How fast a count grows lately: an average over about `memory`, which forgets a pause quickly enough for an ETA to
/// be believed and slowly enough not to jump with every page. Pure.
class RateMeter {
  public:
    static constexpr std::int64_t memory = 20'000'000;

    /// The count is `total` at `now`. A count that shrinks starts over.
    void add(std::int64_t now, std::int64_t total);
    void reset() { *this = RateMeter(); }

    double per_second() const { return per_second_; }
    /// When `expected` will be reached, or `no_time` when that cannot be said.
    std::int64_t eta(std::int64_t expected) const;

  private:
    std::int64_t at_ = no_time;
    std::int64_t total_ = 0;
    double per_second_ = 0;
};

}  // namespace tributary
