#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/publish/envelope.hpp"
#include "core/publish/log.hpp"
#include "core/runtime/backoff.hpp"
#include "core/runtime/preparation.hpp"
#include "core/runtime/work_queue.hpp"

namespace tributary {

/// Hears what the commit loop did: status board, metrics, log, `--show-events`. Called from the commit loop's thread.
class CommitObserver {
  public:
    virtual ~CommitObserver() = default;
    struct Commit {
        std::uint64_t number = 0;
        const Prepared* prepared = nullptr;
        std::span<const std::unique_ptr<Work>> work;
        std::int64_t micros = 0;  ///< From begin to the end of the store's commit.
    };
    virtual void committed(const Commit& commit) = 0;
    /// The batch differs in nothing from what is committed; its position goes out with a later transaction.
    virtual void unchanged(const Work& work) = 0;
    virtual void rolled_back(std::uint64_t number) = 0;
    virtual void outcome_unknown(std::uint64_t number, const Error& error) = 0;
    virtual void broker_failed(const Error& error) = 0;
    virtual void broker_answered() = 0;
    virtual void store_failed(const Error& error) = 0;
    virtual void store_answered(std::uint64_t number) = 0;
    /// A topic does not take the feed's events: it has to go back to its last commit and wait.
    virtual void refused(FeedNo feed, const Error& error, std::uint64_t generation) = 0;
};

/// The commit loop, one step at a time. Owns no thread, no clock and no connection, so that a simulation can drive it.
///
///     step:
///       take the log's answer, if there is one
///         committed    -> commit the store with the number; a store that cannot is caught up from the log
///         unknown      -> recover: new producer, read the checkpoints; own number there -> committed, else rolled back
///         fenced       -> wait, read who has claimed: another run -> end, else recover
///         away         -> wait and try again; what is wrong for good ends a process that has not claimed yet (exit 78)
///         rolled back  -> roll the store back; the work in flight and the work compared on top of it go first again
///       nothing prepared and work is ready -> gather and compare (also while a transaction is being committed); what
///                                             brought nothing waits for a transaction to take its position along
///       nothing in flight and something prepared -> begin, produce, start the commit, write to the store
///
/// A transaction in flight has its writes in the store's open transaction: the next comparison sees them, and is done
/// again when they are rolled back.
class Committer {
  public:
    struct Setup {
        std::string instance;
        std::string run;
        std::string host;
        std::int64_t pid = 0;
        std::string version;
        std::size_t most_events = 10'000;
        std::size_t most_bytes = 8 * 1024 * 1024;
        std::int64_t gather_load = 100'000;    ///< Microseconds.
        std::int64_t gather_trickle = 10'000;  ///< Microseconds.
        /// The coordinator still completes the last transaction for some milliseconds; beginning the next one within
        /// them costs a retry of 20 ms (LAB measurements in docs/performance.md).
        std::int64_t pace = 5'000;
        std::int64_t claim_patience = 3'000'000;  ///< How long a fenced process lets its rival claim.
        std::int64_t heartbeat =
            10'000'000;  ///< An idle instance commits that often: so it notices a rival and an outage.
        /// Dependents whose topic does not take their events wait so long, and nothing else with them.
        std::int64_t dependents_retry = 10'000'000;
        std::uint64_t seed = 1;
        OtherTopics topics;
    };
    Committer(Setup setup, Log& log, WorkQueue& queue, CommitObserver& observer, std::function<std::int64_t()> clock);

    /// When to call `step` again at the latest, unless the queue or the log has news before.
    std::int64_t step();

    /// First phase: reads the checkpoints and commits a claim. Until then no work is taken.
    bool claimed() const { return claimed_; }
    const Checkpoints& checkpoints() const { return checkpoints_; }
    /// Second phase: from here on work is compared with `store` and published.
    void attach(StateStore& store, CacheKeeper& cache, Preparation preparation);

    /// No work is taken any more; from then on a transaction in flight is all there is to wait for.
    void drain() { draining_ = true; }
    bool in_flight() const { return flight_.has_value(); }
    /// The log is not busy for us: ending now leaves no thread behind that waits for a broker.
    bool settled() const { return !flight_ && mode_ != Mode::recovering && mode_ != Mode::reading; }

    /// Set once another run owns the instance, or the instance cannot go on: the process ends (exit 79, or 78).
    struct End {
        int exit_code = 79;
        std::string reason;
    };
    const std::optional<End>& ended() const { return ended_; }

  private:
    enum class Mode : std::uint8_t {
        normal,
        rolling_back,
        recovering,
        reading,
        wait_to_recover,
        wait_to_read,
        wait_to_catch_up
    };
    struct Transaction {
        std::vector<std::unique_ptr<Work>> work;
        Prepared prepared;
        std::uint64_t number = 0;
        std::int64_t began = 0;
        bool stored = false;  ///< Its writes are in the store's open transaction.
        std::optional<TopicNo> refused;
        std::optional<Error> refusal;
    };

    void handle(Answer answer);
    void on_committed(const std::vector<OffsetHint>& offsets);
    void on_rolled_back();
    void on_unknown(const OutcomeUnknown& unknown);
    void on_recovered(Recovered recovered);
    void on_read(const Checkpoints& checkpoints);
    void on_refused(const TopicRefused& refused);
    void recover();
    void end_for(const ClaimRecord& claim);
    void wait(Mode mode, std::int64_t micros);
    void finish(bool committed);
    void put_back();
    void drop_refused(Transaction& transaction);
    void catch_up_now();

    bool can_compare() const;
    bool dependents_due(std::int64_t now) const;
    bool can_begin() const;
    void gather(std::int64_t now);
    std::vector<std::unique_ptr<Work>> take_work(std::int64_t now);
    void compare(std::vector<std::unique_ptr<Work>> work);
    bool brought_nothing(const Transaction& transaction) const;
    void keep_quiet(std::vector<std::unique_ptr<Work>> work);
    void launch(std::int64_t now);
    Result<> produce(Transaction& transaction);
    Result<> produce_own(TopicNo topic, const std::string& key, const std::string& value);
    std::int64_t wake_at(std::int64_t now) const;
    std::int64_t gathered_at(const WorkQueue::Ready& ready) const;

    Setup setup_;
    Log& log_;
    WorkQueue& queue_;
    CommitObserver& observer_;
    std::function<std::int64_t()> clock_;
    StateStore* store_ = nullptr;
    CacheKeeper* cache_ = nullptr;
    std::optional<Preparation> preparation_;
    HeaderWriter headers_;
    Backoff backoff_;

    Mode mode_ = Mode::wait_to_recover;
    std::int64_t wait_until_ = 0;
    std::optional<Error> behind_;  ///< Why the cache has to catch up before anything else is compared.
    bool claimed_ = false;
    bool draining_ = false;
    std::uint64_t number_ = 0;
    std::int64_t begin_not_before_ = 0;
    std::int64_t last_commit_ = 0;
    std::int64_t dependents_at_ = 0;  ///< Not looked at before.
    std::optional<Transaction> flight_;
    std::optional<Transaction> next_;
    std::vector<std::unique_ptr<Work>> again_;  ///< Rolled back: goes first.
    std::vector<std::unique_ptr<Work>>
        quiet_;  ///< Later than all of the above: one of a feed, for the next transaction.
    Checkpoints checkpoints_;
    std::map<std::string, int> partitions_;
    std::optional<End> ended_;
};

}  // namespace tributary
