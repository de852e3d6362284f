#include "connectors/kit/api/clock.hpp"

#include "core/model/time.hpp"

namespace tributary::api {

void SourceClock::saw(std::int64_t shown, Steady now) {
    if (shown == no_time) return;
    shown_ = shown;
    at_ = now;
}

std::optional<std::int64_t> SourceClock::read(Steady now) const {
    if (!shown_) return std::nullopt;
    return *shown_ + std::chrono::duration_cast<std::chrono::microseconds>(now - at_).count();
}

}  // namespace tributary::api
