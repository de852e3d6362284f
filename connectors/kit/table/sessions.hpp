#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "connectors/kit/table/turns.hpp"
#include "core/model/result.hpp"

namespace tributary::table {

/// The sessions of one source: at most so many at a time, lent to its streams and look-ups for a call each. Opened when
/// they are wanted; the one that was given back last is lent first, so that those that are too many grow old, and end.
/// One that cannot be used any more ends with whoever used it; the others are not touched.
///
/// Thread-safe. Lives as long as anybody who may ask it or holds a session of it; then what is idle is closed.
///
/// Session: `usable()` after it was used: nothing is open or left over in it; `alive()` after it lay idle: the server
/// has not ended it meanwhile, as far as can be told without asking.
template <typename Session>
class Sessions : public std::enable_shared_from_this<Sessions<Session>> {
  public:
    using Clock = std::chrono::steady_clock;
    using Open = std::function<Result<std::unique_ptr<Session>>(std::stop_token stop)>;
    /// How long a session may lie idle while others suffice.
    static constexpr std::chrono::minutes most_idle{5};

    /// A session on loan, given back at the end of its life.
    class Lease {
      public:
        Lease() = default;
        Lease(Lease&& other) noexcept { *this = std::move(other); }
        Lease& operator=(Lease&& other) noexcept {
            if (this == &other) return *this;
            reset();
            lender_ = std::move(other.lender_);
            session_ = std::move(other.session_);
            number_ = other.number_;
            return *this;
        }
        ~Lease() { reset(); }

        explicit operator bool() const { return session_ != nullptr; }
        Session& operator*() const { return *session_; }
        Session* operator->() const { return session_.get(); }
        /// Sessions are counted as they are opened, from 1.
        std::uint64_t number() const { return number_; }
        void reset() {
            if (session_) lender_->give(std::move(session_), number_);
            lender_.reset();
        }

      private:
        friend class Sessions;
        Lease(std::shared_ptr<Sessions> lender, std::unique_ptr<Session> session, std::uint64_t number)
            : lender_(std::move(lender)), session_(std::move(session)), number_(number) {}

        std::shared_ptr<Sessions> lender_;
        std::unique_ptr<Session> session_;
        std::uint64_t number_ = 0;
    };

    Sessions(
        std::size_t most, Open open, std::function<Clock::time_point()> now = [] { return Clock::now(); })
        : most_(most), open_(std::move(open)), now_(std::move(now)), turns_(most) {}

    /// Waits its turn. Errors: those of opening one; `stopped`.
    Result<Lease> take(std::stop_token stop) {
        if (!turns_.take(stop)) return fail(Verdict::retry, "stopped", "stopped while waiting for a connection");
        return lend(std::move(stop));
    }
    /// Waits for nobody, and leaves one for who comes next; else `no_spare`.
    Result<Lease> take_spare(std::stop_token stop) {
        if (!turns_.take_spare()) return fail(Verdict::retry, "no_spare", "no connection can be spared");
        return lend(std::move(stop));
    }

    std::size_t most() const { return most_; }
    /// The number of the session that was opened last.
    std::uint64_t opened() const {
        const std::lock_guard lock(mutex_);
        return opened_;
    }

  private:
    struct Idle {
        std::unique_ptr<Session> session;
        std::uint64_t number = 0;
        Clock::time_point since;
    };

    /// With a turn taken, which is given back on failure. Sessions are opened and closed without the lock.
    Result<Lease> lend(std::stop_token stop) {
        for (Idle idle = pop(); idle.session; idle = pop())
            if (idle.session->alive()) return Lease(this->shared_from_this(), std::move(idle.session), idle.number);
        auto opened = open_(std::move(stop));
        if (!opened) {
            turns_.give();
            return std::unexpected(opened.error());
        }
        const std::lock_guard lock(mutex_);
        return Lease(this->shared_from_this(), std::move(*opened), ++opened_);
    }

    Idle pop() {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return {};
        Idle last = std::move(idle_.back());
        idle_.pop_back();
        return last;
    }

    void give(std::unique_ptr<Session> session, std::uint64_t number) {
        std::vector<Idle> old;
        if (session->usable()) {
            const std::lock_guard lock(mutex_);
            const Clock::time_point now = now_();
            idle_.push_back({std::move(session), number, now});
            const auto young =
                std::ranges::find_if(idle_, [&](const Idle& one) { return now - one.since < most_idle; });
            std::move(idle_.begin(), young, std::back_inserter(old));
            idle_.erase(idle_.begin(), young);
        }
        // who gets the place may open another: at most so many at a time
        session.reset();
        old.clear();
        turns_.give();
    }

    const std::size_t most_;
    const Open open_;
    const std::function<Clock::time_point()> now_;
    Turns turns_;
    mutable std::mutex mutex_;  ///< Guards everything below; nothing else is locked or called while it is held.
    std::vector<Idle> idle_;    ///< In the order they were given back.
    std::uint64_t opened_ = 0;
};

}  // namespace tributary::table
