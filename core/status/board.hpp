#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/model/condition.hpp"
#include "core/model/result.hpp"
#include "core/model/time.hpp"
#include "core/status/rate.hpp"
#include "core/status/snapshot.hpp"

namespace tributary {

class StatusBoard;

/// Ends a step when it goes out of scope. The handle it came from must outlive it.
class StepScope {
  public:
    StepScope(StepScope&& other) noexcept : board_(std::exchange(other.board_, nullptr)), activity_(other.activity_) {}
    StepScope& operator=(StepScope&&) = delete;
    ~StepScope();

  private:
    friend class FeedStatus;
    friend class LoopStatus;
    StepScope(StatusBoard* board, Activity* activity) : board_(board), activity_(activity) {}
    StatusBoard* board_;
    Activity* activity_;
};

/// What one loop says about itself. From any thread.
class LoopStatus {
  public:
    LoopStatus(const LoopStatus&) = delete;
    LoopStatus& operator=(const LoopStatus&) = delete;

    void turned();
    /// One step at a time: a second one replaces the first. `limit` 0: may last for ever.
    [[nodiscard]] StepScope enter(Step step, std::int64_t limit);

  private:
    friend class StatusBoard;
    explicit LoopStatus(StatusBoard& board) : board_(board) {}
    StatusBoard& board_;
    LoopSnapshot shown_;
};

/// What one feed's pipeline and the commit loop say about the feed. From any thread; one call per batch, never per row.
class FeedStatus {
  public:
    FeedStatus(const FeedStatus&) = delete;
    FeedStatus& operator=(const FeedStatus&) = delete;

    struct Pulled {
        std::uint64_t rows = 0;
        FeedPhase phase = FeedPhase::poll;
        Progress progress = {};
        std::span<const Condition> conditions = {};
    };
    struct Committed {
        std::uint64_t events = 0;
        std::uint64_t rejects = 0;
        std::string_view position = {};                ///< JSON; empty: did not move.
        std::int64_t current_to = no_time;             ///< Of the last batch in the transaction; `no_time`: not known.
        std::optional<std::uint64_t> unresolved = {};  ///< Rejects of this feed that wait to be mended, now.
    };

    [[nodiscard]] StepScope enter(Step step, std::int64_t limit);

    /// The source answered: the feed runs. Ends waiting.
    void pulled(const Pulled& batch);
    /// All rows are read again behind the polls, so many of them so far; nothing: no more.
    void rereading(const std::optional<Progress>& progress);
    /// What comparing keys found out, beside the conditions of the pulls.
    void compared(std::span<const Condition> conditions);
    /// The source failed; tried again at `retry_at`.
    void failed(const Error& error, std::int64_t retry_at);
    /// For something beside the source's answer, which nobody can hurry.
    void waits(const Error& error);
    /// `retry_at`: when it is looked at again.
    void parked(const Error& error, std::int64_t retry_at = no_time);
    void paused(std::string reason);
    void stopped();
    /// Starts again after paused, parked or stopped; `unassigned` until the source answers.
    void resumed();
    /// The feed goes on after it had failed or was parked.
    void restarted();
    /// It can pull again, which it could not while the queue was full.
    void found_room();

    void committed(const Committed& part);
    /// An empty pull with nothing queued before it: everything up to here is in without a commit.
    void caught_up(std::int64_t current_to);
    void queued(std::uint64_t bytes);
    /// After a restart, what the checkpoints and the store know.
    void restored(std::string_view position, std::uint64_t unresolved);

  private:
    friend class StatusBoard;
    explicit FeedStatus(StatusBoard& board) : board_(board) {}
    void show_conditions();
    void show_progress(FeedPhase phase, const Progress& progress);
    void change_state(FeedState state, std::string code, std::string reason);

    StatusBoard& board_;
    FeedSnapshot shown_;
    std::vector<Condition> pulled_conditions_;
    std::vector<Condition> compared_conditions_;
    bool rereading_ = false;
    RateMeter rate_;
};

/// What the running daemon knows about itself. Writers (pipelines, the commit loop, the supervisor) tell it what
/// happened, readers (HTTP, metrics, watchdog) take snapshots and judge (core/status/health.hpp).
///
/// Thread-safe: one mutex, held for a few assignments; only the clock is called while it is held. Handles stay valid as
/// long as the board. Register before the threads start.
///
///     StatusBoard board({.version = "0.1.0", .instance = "acme-east", .tenant = "acme"}, wall_clock());
///     FeedStatus& feed = board.feed({.source = "erp", .feed = "sales", .streams = {"sales"}, .every = 5'000'000});
///     {
///         auto step = feed.enter(Step::pull, 60'000'000);       // stalled when it lasts longer
///         batch = source.pull(…);
///     }
///     batch ? feed.pulled({.rows = batch->rows.size(), …}) : feed.failed(batch.error(), retry_at);
///     …
///     feed.committed({.events = 17, .position = batch->next.json, .current_to = batch->current_to});
///     board.broker_ok();
///     board.store_committed(number);
class StatusBoard {
  public:
    struct Process {
        std::string version = {};
        std::string source_commit = {};
        std::string instance = {};
        std::string tenant = {};
    };
    struct FeedSettings {
        std::string source = {};
        std::string feed = {};
        std::vector<std::string> streams = {};
        std::int64_t every = 0;
        bool waits_for_news = false;
    };

    StatusBoard(Process process, Clock clock);
    StatusBoard(const StatusBoard&) = delete;
    StatusBoard& operator=(const StatusBoard&) = delete;

    /// `limit`: the longest a healthy turn takes, blocking calls with their time-outs included; an outage outside must
    /// never make a loop look dead.
    LoopStatus& loop(std::string name, std::int64_t limit);
    FeedStatus& feed(FeedSettings settings);

    void stage(ProcessStage stage, std::string doing = {});
    /// The last real interaction with the broker (a commit, a metadata answer; not the client's own idea).
    /// Whether that is news: it had failed, or had not.
    bool broker_ok();
    bool broker_failed(const Error& error);
    void store_ok();
    void store_committed(std::uint64_t number);
    void store_failed(const Error& error);
    /// What an operator should know of the process as a whole; replaces one of the same code.
    void condition(Condition condition);

    Snapshot snapshot() const;
    std::int64_t now() const { return clock_(); }

  private:
    friend class FeedStatus;
    friend class LoopStatus;
    friend class StepScope;
    bool succeeded(LinkSnapshot& link) const;
    bool failed(LinkSnapshot& link, const Error& error) const;

    Clock clock_;
    mutable std::mutex mutex_;  ///< Guards everything below and what the handles show.
    Snapshot shown_;            ///< Without loops and feeds, which live in their handles.
    std::vector<std::unique_ptr<LoopStatus>> loops_;
    std::vector<std::unique_ptr<FeedStatus>> feeds_;
};

}  // namespace tributary
