#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/condition.hpp"
#include "core/model/time.hpp"

namespace tributary {

/// States as `/v1/sources` and `tributary_feed_state` show them.
enum class FeedState : std::uint8_t {
    unassigned,  ///< Registered, has not run yet.
    running,
    waiting,  ///< Backs off after a failure that may pass.
    paused,   ///< An operator's wish.
    stalled,  ///< One step takes longer than its limit; found by reading the snapshot, never entered by a writer.
    parked,   ///< Failed in a way that waiting cannot mend: needs a human.
    stopped,
};

enum class FeedPhase : std::uint8_t {
    load,
    poll,
    reread,  ///< Polls go on, and behind them all rows are read again.
};

enum class ProcessStage : std::uint8_t { starting, running, stopping };

/// What a loop or a feed is inside of right now.
enum class Step : std::uint8_t {
    idle,
    check,          ///< Compares the definition with the source.
    pull,           ///< Waits for the source.
    map,            ///< Decodes and maps rows.
    wait_for_room,  ///< Has a batch, the queue to the commit loop is full: nobody's fault at the source.
    compare,        ///< Resolves, compares and folds records.
    produce,        ///< Hands events to the Kafka client.
    commit_kafka,
    commit_store,
    settle,   ///< Reads back whether a transaction of unknown outcome happened.
    restore,  ///< Reads topics to their end, rebuilds or catches up the cache.
};

inline constexpr std::array all_feed_states{FeedState::unassigned, FeedState::running, FeedState::waiting,
                                            FeedState::paused,     FeedState::stalled, FeedState::parked,
                                            FeedState::stopped};

std::string_view name_of(FeedState state);
std::string_view name_of(FeedPhase phase);
std::string_view name_of(ProcessStage stage);
std::string_view name_of(Step step);

/// A step under way. Overdue, and so stalled, when it lasts longer than its limit.
struct Activity {
    Step step = Step::idle;
    std::int64_t since = no_time;
    std::int64_t limit = 0;  ///< 0: may last for ever.

    bool overdue(std::int64_t now) const { return step != Step::idle && limit > 0 && age(now, since) > limit; }
};

/// A thread's loop. Live means: it turned within its limit.
struct LoopSnapshot {
    std::string name = {};
    std::int64_t limit = 0;
    std::int64_t last_turn = no_time;
    Activity activity = {};
};

/// Something outside the process that commits need. `ok` is the outcome of the last real interaction.
struct LinkSnapshot {
    bool ok = false;
    std::string code = {};           ///< Of the failure.
    std::string reason = {};         ///< What failed; empty while ok.
    std::int64_t since = no_time;    ///< When `ok` last changed (or the first outcome came).
    std::int64_t last_ok = no_time;  ///< The last interaction that succeeded.
};

struct FeedSnapshot {
    std::string source;
    std::string feed;
    std::vector<std::string> streams;
    std::int64_t every = 0;       ///< Between polls.
    bool waits_for_news = false;  ///< A pull may last for ever; freshness says nothing.

    FeedState state = FeedState::unassigned;
    std::string code = {};    ///< Of the failure behind waiting and parked.
    std::string reason = {};  ///< Why it is in this state; empty while running.
    std::int64_t since = no_time;
    std::int64_t retry_at = no_time;  ///< When waiting.
    Activity activity = {};

    FeedPhase phase = FeedPhase::load;
    Progress progress;             ///< Of a load or reread.
    double rows_per_second = 0;    ///< Lately, while loading or rereading.
    std::int64_t eta = no_time;    ///< When that is expected to end.
    std::uint64_t rows = 0;        ///< Pulled since the process started, re-reads included.
    std::uint64_t events = 0;      ///< Committed since the process started.
    std::uint64_t rejects = 0;     ///< Published since the process started.
    std::uint64_t unresolved = 0;  ///< Rejects nobody has mended yet.
    std::uint64_t pulls = 0;
    std::uint64_t pull_errors = 0;
    std::uint64_t restarts = 0;
    std::uint64_t queue_bytes = 0;      ///< Batches handed over and not yet committed.
    std::int64_t last_pull = no_time;   ///< Last one that succeeded.
    std::int64_t found_room = no_time;  ///< When the last wait for room in the queue ended.
    std::int64_t last_event = no_time;  ///< Last commit with an event of this feed.
    std::int64_t current_to = no_time;  ///< Source clock up to which everything is committed.
    std::string position;               ///< JSON, as committed.
    std::vector<Condition> conditions;
};

/// All of the board at one moment.
struct Snapshot {
    std::int64_t now = 0;
    std::int64_t started = 0;
    std::string version;
    std::string source_commit;
    std::string instance;
    std::string tenant;
    ProcessStage stage = ProcessStage::starting;
    std::string doing;  ///< What starting or stopping is busy with.
    std::vector<LoopSnapshot> loops;
    LinkSnapshot broker;
    LinkSnapshot store;
    std::uint64_t last_commit_number = 0;  ///< What the store reflects.
    std::vector<Condition> conditions;     ///< Of the instance, such as throw-away state.
    std::vector<FeedSnapshot> feeds;       ///< In the order they were registered.
};

}  // namespace tributary
