#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/status/snapshot.hpp"

namespace tributary {

/// How old a success may be and still count.
struct HealthLimits {
    std::uint64_t rejects = 100;      ///< Of one feed; so many that are not mended are told,
    std::uint64_t all_rejected = 10;  ///< and so many where the process has published nothing else of it.
    /// A source: this many polls, but never less than `source_least`.
    std::int64_t source_polls = 3;
    std::int64_t source_least = 30'000'000;
    /// The broker: the commit loop asks it something real when it has nothing to commit.
    std::int64_t broker = 30'000'000;
};

/// One thing that is wrong or worth knowing.
struct HealthNote {
    std::string code;    ///< Short and stable.
    std::string source;  ///< Empty: of the instance.
    std::string feed;
    std::string what;  ///< For people.
};

/// live: restarting the process would not help (the loops turn). An outage of broker, source or disk is never a reason
/// against it.
/// ready: everything the promise needs works right now: started, broker and store answered last time, every feed's
/// source answered last time and lately, nothing stalled or parked.
/// Conditions (a missing right, a bound that cannot be trusted) and paused feeds are warnings: data flows as it was
/// asked for, so they do not make an instance unready, but they are named wherever readiness is shown.
struct Health {
    bool live = true;
    bool ready = true;
    std::vector<HealthNote> dead;      ///< Why not live.
    std::vector<HealthNote> reasons;   ///< Why not ready; holds `dead` too.
    std::vector<HealthNote> warnings;  ///< Named, yet ready.
};

/// Pure.
Health judge(const Snapshot& snapshot, const HealthLimits& limits = {});

/// How old the last successful pull of a feed may be; 0: any age, since its pulls wait for news.
std::int64_t freshness_limit(const FeedSnapshot& feed, const HealthLimits& limits);

/// A feed whose step is overdue shows as `stalled`, with what it is stuck in, until the step ends.
/// Paused, parked and stopped feeds keep their state.
void mark_stalled(FeedSnapshot& feed, std::int64_t now);

/// `45 s`, `2 min 5 s`, `3 h 20 min`, `2 d 4 h`.
std::string readable_span(std::int64_t span);

}  // namespace tributary
