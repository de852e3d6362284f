#include "connectors/kit/table/turns.hpp"

#include <algorithm>

namespace tributary::table {

bool Turns::take(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    if (free_ > 0) {
        --free_;
        return true;
    }
    Waiter self;
    waiters_.push_back(&self);
    if (called_.wait(lock, stop, [&] { return self.called; })) return true;
    waiters_.erase(std::ranges::find(waiters_, &self));
    return false;
}

bool Turns::take_spare() {
    const std::lock_guard lock(mutex_);
    if (free_ < 2) return false;
    --free_;
    return true;
}

void Turns::give() {
    const std::lock_guard lock(mutex_);
    if (waiters_.empty()) {
        ++free_;
        return;
    }
    waiters_.front()->called = true;
    waiters_.pop_front();
    called_.notify_all();
}

std::size_t Turns::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiters_.size();
}

}  // namespace tributary::table
