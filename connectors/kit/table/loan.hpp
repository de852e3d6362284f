#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <utility>

#include "connectors/kit/table/reader.hpp"
#include "connectors/kit/table/sessions.hpp"

namespace tributary::table {

/// What a reader has of its source's sessions: one from the first call that needs it until it leaves. Knows for which
/// sessions holds what the reader has learned of the database.
template <typename Session>
class Loan {
  public:
    Loan(std::shared_ptr<Sessions<Session>> sessions, Turn turn) : sessions_(std::move(sessions)), turn_(turn) {}

    /// Errors: those of Sessions. A session that broke meanwhile is given up for another.
    Result<void> hold(std::stop_token stop) {
        if (lease_ && lease_->usable()) return {};
        lease_.reset();
        const auto asked = std::chrono::steady_clock::now();
        auto taken = turn_ == Turn::waits ? sessions_->take(stop) : sessions_->take_spare(stop);
        waited_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - asked);
        if (!taken) return std::unexpected(taken.error());
        lease_ = std::move(*taken);
        return {};
    }
    void leave() { lease_.reset(); }

    /// Something was learned just now, which holds for this session and all that are older.
    void learned() { learned_ = sessions_->opened(); }
    /// A session may be newer because the database was another one for a while, or is another one now.
    bool knows() const { return lease_.number() <= learned_; }

    /// For the last session that was taken, the time to open one included.
    std::chrono::microseconds waited() const { return waited_; }
    std::size_t most() const { return sessions_->most(); }

    Session& operator*() const { return *lease_; }
    Session* operator->() const { return &*lease_; }

  private:
    std::shared_ptr<Sessions<Session>> sessions_;
    Turn turn_;
    typename Sessions<Session>::Lease lease_;
    std::uint64_t learned_ = 0;
    std::chrono::microseconds waited_{0};
};

}  // namespace tributary::table
