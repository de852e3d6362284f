#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/comparison/comparison.hpp"
#include "core/connector/connector.hpp"
#include "core/mapping/mapping.hpp"
#include "core/publish/checkpoint.hpp"
#include "core/runtime/backoff.hpp"
#include "core/runtime/lookups_in_use.hpp"
#include "core/runtime/polled.hpp"
#include "core/runtime/reset_requests.hpp"
#include "core/runtime/work_queue.hpp"
#include "core/status/board.hpp"
#include "core/status/metrics.hpp"

namespace tributary {

/// The pull loop of one feed, one step at a time: owns schedule, retry, backoff and the position read so far. Owns no
/// thread; `step` is called by one thread at a time, the calls marked so from any.
///
///     step:
///       the commit loop sent the feed back  -> forget what is pending, go to the last committed position, wait
///       an operator asked for it            -> begin to read all rows again
///       a batch is pending                  -> offer it; no room: come back when there is
///       a look-up is not loaded             -> wait for it; it changed: begin to read the rows again that used what
///                                              changed, or all where that cannot be told
///       not due                             -> wait
///       never checked                       -> compare the definition with the source
///       pull, map, offer; an error backs off (retry) or parks the feed (stop), and is tried again later all the same
///       between two pulls: one chunk of a reread or a comparison that is under way, more of them while no pull is due
class Pipeline final : public Polled {
  public:
    struct Stream {
        const StreamInfo* info = nullptr;
        std::unique_ptr<Mapping> mapping;
        std::vector<std::string> columns;             ///< The mapping reads.
        StreamMetrics* metrics = nullptr;             ///< May be null.
        std::unique_ptr<Comparison> comparison = {};  ///< May be null: nothing is compared by key.
    };
    struct Setup {
        FeedNo feed = 0;
        std::string source;
        std::string name;
        std::vector<Stream> streams;
        std::string checkpoint_key;
        FeedRecord record;  ///< As the checkpoints have it; fingerprints as configured now.
        std::int64_t every = 10'000'000;
        std::int64_t pull_limit = 120'000'000;  ///< A pull that takes longer is stalled.
        std::int64_t park_retry = 60'000'000;   ///< A parked feed looks again that often.
        std::int64_t idle_commit = 10'000'000;  ///< A position that moves without rows is committed that often.
        Feed::Limits limits;
        std::uint64_t seed = 1;
        FeedStatus* status = nullptr;
        FeedMetrics* metrics = nullptr;                      ///< May be null.
        std::unique_ptr<LookupsInUse> lookups = {};          ///< Null: its mappings use none.
        std::function<std::unique_ptr<Feed>()> reopen = {};  ///< Another feed like this one, for rereads.
        const ResetRequests* resets = nullptr;               ///< May be null.
        /// When a feed of the source that had failed got an answer last; shared by them. May be null.
        std::shared_ptr<std::atomic<std::int64_t>> came_back = {};
    };
    Pipeline(Setup setup, std::unique_ptr<Feed> feed, WorkQueue& queue, Clock clock);

    Next step(std::stop_token stop) override;

    /// From any thread: the batch that ended there is committed.
    void committed(const Position& position);
    /// From any thread: a topic does not take this feed's events; everything since the last commit is pulled again
    /// later.
    void refused(const Error& error, std::uint64_t generation);

    /// Findings that forbid starting: a stream that never ran and whose definition is wrong (exit 78).
    std::optional<std::string> refuses_to_start() const;
    const std::string& source() const override { return setup_.source; }

  private:
    Next unanswered(const Error& error);
    Next failed(const Error& error);
    Next until_source_is_back() const;
    bool source_came_back() const;
    void answered();
    Next parked(const Error& error);
    Result<> check(std::stop_token stop);
    bool wants_scan() const;
    Result<> pull(std::stop_token stop);
    void map(Batch batch, std::int64_t live_since);
    void compare_full_read(const Work& work);
    Comparison* comparison_due(std::int64_t now);
    std::int64_t next_in_background() const;
    Next compare(Comparison& comparison, std::stop_token stop);
    void remove(std::uint32_t stream, const std::vector<std::string>& keys);
    std::unique_ptr<Work> new_work(Batch batch);
    void tell_conditions();
    bool hand_over();
    void take_messages();
    void accepted();
    std::optional<Next> wait_for_lookups();
    Next hold_back(const LookupHold& hold);
    void take_request();
    void begin_reread();
    void reread_for_lookups();
    void reread_entries(LookupEntries changed);
    void entries_once_more();
    void entries_as_all_rows();
    bool entries_due(std::int64_t now) const;
    Next search(std::stop_token stop);
    Next search_failed(const Error& error);
    void advance_search(const std::vector<EntrySearch>& searches, std::size_t at, const Batch& batch);
    void reread_once_more();
    bool reread_due(std::int64_t now) const;
    Next reread(std::stop_token stop);
    bool resend(Scan mark);

    Setup setup_;
    std::unique_ptr<Feed> feed_;
    WorkQueue& queue_;
    Clock clock_;
    Backoff backoff_;
    Backoff refusals_;      ///< Pauses between tries of a topic that takes nothing.
    bool refused_ = false;  ///< Parked since then, until something of ours is committed.
    std::vector<const StreamInfo*> infos_;

    Position position_;  ///< After the last batch that was handed over or is pending.
    std::unique_ptr<Work> pending_;
    std::optional<StepScope> no_room_;  ///< While `pending_` waits for the queue.
    std::uint64_t generation_ = 0;
    std::int64_t due_ = 0;
    std::int64_t last_handed_over_ = 0;
    bool parked_ = false;  ///< Until a check and a pull succeed.
    bool failed_ = false;  ///< Until a pull succeeds.
    /// When the last try failed, if others may show that another is worth it; `no_time`: they may not.
    std::int64_t failed_at_ = no_time;
    bool checked_ = false;
    bool settled_ = false;         ///< The last pull read all there was, and no load is under way.
    bool chunk_next_ = false;      ///< A pull was made since the last chunk of a comparison.
    std::uint64_t polls_ = 0;      ///< Complete ones.
    std::vector<Condition> told_;  ///< Of the comparisons and look-ups, as the board shows them.
    std::optional<LookupHold> held_;
    std::unique_ptr<Feed> reread_feed_;
    std::int64_t reread_at_ = 0;           ///< Not before, after a failure.
    std::int64_t reread_since_ = no_time;  ///< What the source changed from then on is news, not reread.
    std::uint64_t rereads_ = 0;            ///< Begun by this process.
    LookupEntries entries_lately_;         ///< Searched for by this process, perhaps not committed yet.
    int searches_failed_ = 0;              ///< In a row, while polls did well.
    std::int64_t asked_next_ = 0;          ///< When to look for a request again.
    bool resending_ = false;               ///< A full read that sends every row is under way.
    mutable std::mutex mutex_;             ///< Guards everything below: what other threads say and ask.
    std::optional<std::string> refusal_;
    Position committed_;
    bool news_ = false;
    std::optional<Error> sent_back_;
    std::uint64_t sent_back_to_ = 0;  ///< Generation of the queue that our work belongs to from then on.
};

}  // namespace tributary
