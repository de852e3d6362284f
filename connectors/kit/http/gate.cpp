#include "connectors/kit/http/gate.hpp"

#include <algorithm>
#include <utility>

namespace tributary::http {
namespace {

using std::chrono::microseconds;

std::unexpected<Error> come_back(microseconds later, std::string what) {
    return std::unexpected(Error{Verdict::retry, "rate_limited", std::move(what), later.count()});
}

}  // namespace

Result<Gate::Pass> Gate::enter(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto now = Clock::now();
    if (closed_until_ > now)
        return come_back(std::chrono::duration_cast<microseconds>(closed_until_ - now),
                         "the source has asked for a pause (Retry-After)");
    const auto turn = std::max(now, next_);
    if (turn - now > limits_.most_wait)
        return come_back(std::chrono::duration_cast<microseconds>(turn - now),
                         "`rate` lets no request through for longer than a request may wait");
    next_ = turn + limits_.interval;
    const auto nothing_more = [] { return false; };
    if (turn > now) changed_.wait_until(lock, stop, turn, nothing_more);
    const auto has_place = [&] { return limits_.parallel == 0 || active_ < limits_.parallel; };
    if (!stop.stop_requested()) changed_.wait_until(lock, stop, now + limits_.most_wait, has_place);
    if (stop.stop_requested()) return fail(Verdict::retry, "stopped", "asked to stop");
    if (!has_place())
        return fail(Verdict::retry, "source_busy", "as many requests as `parallel` allows are still going on");
    ++active_;
    return Pass(*this);
}

void Gate::close_for(microseconds time) {
    const std::lock_guard lock(mutex_);
    closed_until_ = std::max(closed_until_, Clock::now() + time);
}

void Gate::leave() {
    {
        const std::lock_guard lock(mutex_);
        --active_;
    }
    changed_.notify_all();
}

}  // namespace tributary::http
