#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/status/board.hpp"

namespace tributary {

/// Looks at the board about once a second and writes to the log what changed: a feed or loop that stalls and goes on
/// again, feeds that wait, park or run, the broker and the store going and coming, conditions, and how far loads are.
/// So the writers of the board need not log these. One thread.
///
///     Watchdog watchdog(board);
///     timer: watchdog.turn();
class Watchdog {
  public:
    /// Between two lines about a load under way.
    static constexpr std::int64_t progress_every = 10'000'000;

    explicit Watchdog(const StatusBoard& board) : board_(board) {}
    void turn();

  private:
    void watch_loops(const Snapshot& now);
    void watch_link(const char* component, const LinkSnapshot& before, const LinkSnapshot& now) const;
    void watch_feed(const FeedSnapshot* before, const FeedSnapshot& now, std::int64_t at);
    void report_load(const FeedSnapshot& feed, std::int64_t at);

    const StatusBoard& board_;
    std::optional<Snapshot> last_;
    std::map<std::string, bool> stuck_;                                     ///< Loops, by name.
    std::map<std::pair<std::string, std::string>, std::int64_t> reported_;  ///< When a feed's load was last written.
};

}  // namespace tributary
