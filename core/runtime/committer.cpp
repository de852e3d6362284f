#include "core/runtime/committer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "core/status/failpoint.hpp"

namespace tributary {

Committer::Committer(Setup setup, Log& log, WorkQueue& queue, CommitObserver& observer,
                     std::function<std::int64_t()> clock)
    : setup_(std::move(setup)),
      log_(log),
      queue_(queue),
      observer_(observer),
      clock_(std::move(clock)),
      headers_(setup_.instance),
      backoff_(100'000, 30'000'000, setup_.seed),
      checkpoints_(setup_.instance) {}

void Committer::attach(StateStore& store, CacheKeeper& cache, Preparation preparation) {
    store_ = &store;
    cache_ = &cache;
    preparation_.emplace(std::move(preparation));
}

std::int64_t Committer::step() {
    if (ended_) return INT64_MAX;
    if (auto answer = log_.answer()) handle(std::move(*answer));
    const std::int64_t now = clock_();
    if (now >= wait_until_) {
        if (mode_ == Mode::wait_to_recover) {
            recover();
        } else if (mode_ == Mode::wait_to_read) {
            mode_ = Mode::reading;
            log_.start_reading();
        } else if (mode_ == Mode::wait_to_catch_up && !flight_) {
            catch_up_now();
        }
    }
    if (can_compare() && !next_ && !draining_) gather(now);
    if (can_begin() && now >= begin_not_before_) {
        const bool heartbeat = claimed_ && now >= last_commit_ + setup_.heartbeat;
        if (heartbeat && can_compare() && !next_ && !quiet_.empty()) compare(std::exchange(quiet_, {}));
        if (next_ || !claimed_ || heartbeat) launch(now);
    }
    return wake_at(clock_());
}

bool Committer::can_compare() const {
    return store_ != nullptr && !behind_ && mode_ == Mode::normal && (!flight_ || flight_->stored);
}

bool Committer::dependents_due(std::int64_t now) const { return now >= dependents_at_ && preparation_->has_pending(); }

/// A cache that waits for its disk holds work up, and no heartbeat: a rival and an outage are noticed all the same.
bool Committer::can_begin() const {
    return (mode_ == Mode::normal || mode_ == Mode::wait_to_catch_up) && !flight_ && !ended_;
}

std::int64_t Committer::wake_at(std::int64_t now) const {
    if (ended_) return INT64_MAX;
    if (mode_ == Mode::wait_to_recover || mode_ == Mode::wait_to_read) return wait_until_;
    if (flight_) return now + 1'000'000;  // the log wakes us with its answer
    if (mode_ == Mode::wait_to_catch_up)
        return std::min(wait_until_, std::max({now, last_commit_ + setup_.heartbeat, begin_not_before_}));
    if (mode_ != Mode::normal) return now + 1'000'000;
    if (next_) return std::max(now, begin_not_before_);
    std::int64_t wake = last_commit_ + setup_.heartbeat;
    if (const auto ready = queue_.ready(); ready.rows > 0 || ready.bytes > 0) wake = std::min(wake, gathered_at(ready));
    if (preparation_ && can_compare() && preparation_->has_pending()) wake = std::min(wake, dependents_at_);
    return std::max(now, wake);
}

void Committer::handle(Answer answer) {
    std::visit(
        [this](auto&& what) {
            using What = std::decay_t<decltype(what)>;
            if constexpr (std::is_same_v<What, Committed>) {
                observer_.broker_answered();
                on_committed(what.offsets);
            } else if constexpr (std::is_same_v<What, RolledBack>) {
                observer_.broker_answered();
                on_rolled_back();
            } else if constexpr (std::is_same_v<What, OutcomeUnknown>) {
                on_unknown(what);
            } else if constexpr (std::is_same_v<What, TopicRefused>) {
                on_refused(what);
            } else if constexpr (std::is_same_v<What, Recovered>) {
                observer_.broker_answered();
                on_recovered(std::forward<decltype(what)>(what));
            } else if constexpr (std::is_same_v<What, CheckpointsRead>) {
                observer_.broker_answered();
                on_read(what.checkpoints);
            } else {
                observer_.broker_failed(what.error);
                // wrong at the start is refused; later it is an outage, which ends when somebody mends it
                if (what.error.verdict == Verdict::stop && !claimed_) {
                    ended_ = End{78, what.error.what};
                    return;
                }
                wait(mode_ == Mode::reading ? Mode::wait_to_read : Mode::wait_to_recover, backoff_.next());
            }
        },
        std::move(answer));
}

void Committer::on_committed(const std::vector<OffsetHint>& offsets) {
    if (!behind_) backoff_.reset();
    mode_ = Mode::normal;
    last_commit_ = clock_();
    begin_not_before_ = last_commit_ + setup_.pace;
    // before the cache is attached, only claims and heartbeats are committed: nothing that it would have to know
    if (!claimed_ || !preparation_) {
        claimed_ = true;
        flight_.reset();
        return;
    }
    failpoint("commit.before_store");
    if (behind_ && store_ == nullptr) {
        // a heartbeat: the cache learns of it when it has caught up
        finish(true);
        mode_ = Mode::wait_to_catch_up;
        return;
    }
    Result<> stored = flight_->stored ? store_->commit({flight_->number, last_commit_, offsets})
                                      : fail(Verdict::retry, "state_behind", "the cache missed a commit");
    if (stored) {
        failpoint("commit.after_store");
        observer_.store_answered(flight_->number);
        finish(true);
        failpoint("commit.after_notify");
        if (behind_) catch_up_now();
        return;
    }
    // The log has it, the cache has not: from here on only the log knows the last states.
    observer_.store_failed(stored.error());
    if (!behind_ || behind_->code != "state_corrupt") behind_ = stored.error();
    finish(true);
    catch_up_now();
}

void Committer::on_rolled_back() {
    mode_ = Mode::normal;
    last_commit_ = clock_();
    begin_not_before_ = last_commit_ + backoff_.next();
    if (!flight_) return;
    observer_.rolled_back(flight_->number);
    if (store_ != nullptr) store_->rollback();
    drop_refused(*flight_);
    finish(false);
    put_back();
    if (behind_) catch_up_now();
}

void Committer::on_unknown(const OutcomeUnknown& unknown) {
    observer_.outcome_unknown(flight_ ? flight_->number : number_, unknown.error);
    observer_.broker_failed(unknown.error);
    if (unknown.fenced)
        wait(Mode::wait_to_read, setup_.claim_patience);
    else
        recover();
}

void Committer::on_refused(const TopicRefused& refused) {
    if (flight_) {
        flight_->refused = refused.topic;
        flight_->refusal = refused.error;
    }
    mode_ = Mode::rolling_back;
    log_.start_rollback();
}

void Committer::recover() {
    mode_ = Mode::recovering;
    log_.start_recovery();
}

void Committer::wait(Mode mode, std::int64_t micros) {
    mode_ = mode;
    wait_until_ = clock_() + micros;
}

/// After being fenced. Nobody else has claimed: it was the coordinator's time-out, or a rival that did not get further.
void Committer::on_read(const Checkpoints& checkpoints) {
    const auto& claim = checkpoints.claim();
    const auto& known = checkpoints_.claim();
    // a claim of ours whose outcome was unknown is ours; before that, whoever was there when we started is no rival
    const bool ours = claim && claim->run == setup_.run;
    const bool predecessor = claim && !claimed_ && known && claim->run == known->run;
    if (claim && !ours && !predecessor) {
        end_for(*claim);
        return;
    }
    recover();
}

void Committer::end_for(const ClaimRecord& claim) {
    ended_ = End{79, fmt::format("another process has taken over instance '{}': pid {} on {} ({})", setup_.instance,
                                 claim.pid, claim.host, claim.started_as)};
}

void Committer::on_recovered(Recovered recovered) {
    number_ = std::max(number_, recovered.checkpoints.highest());
    checkpoints_ = std::move(recovered.checkpoints);
    partitions_ = std::move(recovered.partitions);
    if (preparation_) preparation_->limit(log_.most_message_bytes());
    mode_ = Mode::normal;
    if (!checkpoints_.other_instance().empty()) {
        ended_ = End{78, fmt::format("instance '{}' already writes under this topic prefix; one instance per prefix",
                                     checkpoints_.other_instance())};
        return;
    }
    if (!claimed_) {
        flight_.reset();
        begin_not_before_ = 0;
        return;
    }
    const auto& claim = checkpoints_.claim();
    if (claim && claim->run != setup_.run) {
        end_for(*claim);
        return;
    }
    if (!flight_) return;
    const auto& last = checkpoints_.last_commit();
    const bool committed = last && last->run == setup_.run && last->number >= flight_->number;
    if (committed)
        on_committed({});
    else
        on_rolled_back();
}

/// The transaction in flight has ended; its work is either done or goes first again.
void Committer::finish(bool committed) {
    if (committed) {
        observer_.committed({flight_->number, &flight_->prepared, flight_->work, clock_() - flight_->began});
        for (const auto& work : flight_->work) queue_.done(*work);
    } else {
        // what could not be compared meanwhile already waits there, and comes after it
        std::ranges::move(again_, std::back_inserter(flight_->work));
        again_ = std::move(flight_->work);
    }
    flight_.reset();
}

/// What was compared on top of states that are no longer there is compared again.
void Committer::put_back() {
    if (!next_) return;
    std::ranges::move(next_->work, std::back_inserter(again_));
    next_.reset();
}

/// Feeds whose events a topic refuses go back to their last commit; the rest of the transaction is tried without them.
void Committer::drop_refused(Transaction& transaction) {
    if (!transaction.refused) return;
    // what waits for others goes without them; if it was theirs, its own feed is not to blame
    dependents_at_ = clock_() + setup_.dependents_retry;
    auto concerned = [&](const Work& work) {
        return std::ranges::any_of(transaction.prepared.messages, [&](const Outgoing& message) {
            return message.topic == *transaction.refused && message.stream != nullptr &&
                   std::ranges::find(work.streams, message.stream) != work.streams.end();
        });
    };
    auto drop = [&](std::vector<std::unique_ptr<Work>>& list, FeedNo feed) {
        std::erase_if(list, [&](const auto& work) {
            if (work->feed != feed) return false;
            queue_.done(*work);
            return true;
        });
    };
    std::vector<FeedNo> feeds;
    for (const auto& work : transaction.work)
        if (concerned(*work) && std::ranges::find(feeds, work->feed) == feeds.end()) feeds.push_back(work->feed);
    if (feeds.empty()) observer_.broker_failed(*transaction.refusal);
    for (const FeedNo feed : feeds) {
        const std::uint64_t generation = queue_.rewind(feed);
        drop(transaction.work, feed);
        if (next_) drop(next_->work, feed);
        observer_.refused(feed, *transaction.refusal, generation);
    }
}

/// Nothing is in flight. What was compared with the states as they were is compared again.
void Committer::catch_up_now() {
    // the cache may close the store it gave us, whether it succeeds or not
    if (store_ != nullptr) store_->rollback();
    store_ = nullptr;
    put_back();
    auto store = cache_->catch_up(*behind_);
    if (!store) {
        observer_.store_failed(store.error());
        wait(Mode::wait_to_catch_up, backoff_.next());
        return;
    }
    behind_.reset();
    store_ = *store;
    preparation_->use(*store_);
    observer_.store_answered(store_->commit_number());
    mode_ = Mode::normal;
}

}  // namespace tributary
