#include "core/status/rate.hpp"

#include <cmath>

namespace tributary {

void RateMeter::add(std::int64_t now, std::int64_t total) {
    if (at_ == no_time || total < total_) {
        *this = RateMeter();
        at_ = now;
        total_ = total;
        return;
    }
    const std::int64_t elapsed = age(now, at_);
    // pages that come in one burst are measured together
    if (elapsed < 100'000) return;
    const double seconds = static_cast<double>(elapsed) / 1e6;
    const double lately = static_cast<double>(total - total_) / seconds;
    const double weight = 1 - std::exp(-static_cast<double>(elapsed) / static_cast<double>(memory));
    per_second_ = per_second_ == 0 ? lately : per_second_ + weight * (lately - per_second_);
    at_ = now;
    total_ = total;
}

std::int64_t RateMeter::eta(std::int64_t expected) const {
    if (at_ == no_time || expected <= total_ || per_second_ < 0.001) return no_time;
    return at_ + static_cast<std::int64_t>(static_cast<double>(expected - total_) / per_second_ * 1e6);
}

}  // namespace tributary
