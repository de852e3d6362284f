#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "connectors/kit/walk/table_walk.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

/// Rows behind `after`, up to and with `until`, in the order of the key.
struct KeyRange {
    std::vector<walk::Mark> after;
    std::vector<walk::Mark> until;
    std::size_t rows = 0;  ///< About so many.
    Feed::Limits limits = {};
};

/// Whether reading is what a load waits for: a page takes longer to read than the load takes to come back for the next
/// one. While mapping or committing takes longer, pages read ahead would only lie in memory. Pure.
class Pace {
  public:
    using Duration = std::chrono::steady_clock::duration;

    /// How long a page took, whoever read it.
    void read(Duration took) { reading_ = took; }
    /// How long the load was away between two pages.
    void away(Duration took) { away_ = took; }
    /// What telling the places of so many pages took. Where that is half of reading them, as in a query that computes
    /// its rows to tell their keys, little is gained.
    void told_places(Duration took, std::size_t pages) {
        dear_ = pages > 0 && 2 * took > reading_ * static_cast<long>(pages);
    }

    bool pays() const { return !dear_ && away_ && reading_ > *away_; }

  private:
    Duration reading_{0};
    std::optional<Duration> away_;
    bool dear_ = false;
};

/// Reads the next pages of a load side by side before they are asked for, each in a thread and over a connection of its
/// own. They are handed over in the order of the key: the load, its position and what a kill leaves are those of one
/// that reads page after page.
///
/// A page that could not be read here (no connection could be spared, the one it had broke) is read by the load itself:
/// what is wrong with the source is told there. Used by one thread; ends what it reads when it is destroyed, within a
/// second.
class ReadAhead {
  public:
    using Read = std::function<Result<walk::PageEnd>(std::size_t lane, const KeyRange& range, Batch& batch,
                                                     std::stop_token stop)>;
    /// At most `lanes` pages at a time; `read` is called by one thread at a time for each lane.
    ReadAhead(std::size_t lanes, Read read) : read_(std::move(read)), busy_(lanes, false) {}
    ~ReadAhead() { forget(); }

    /// The page behind `after`. Nothing: the load has to read it, up to `until()`.
    struct Taken {
        Batch batch;
        walk::PageEnd end;
        Pace::Duration took{0};
        bool cut = false;  ///< At a limit, before the place it was to end at.
    };
    Result<std::optional<Taken>> take(const std::vector<walk::Mark>& after, std::stop_token stop);
    /// Where the page that the load reads itself has to end, so that those already read ahead go on there; empty:
    /// anywhere.
    std::vector<walk::Mark> until() const;

    /// The next page begins there.
    void reached(const std::vector<walk::Mark>& at);
    /// Reads from there, as far as lanes and places go.
    void go_on(const Feed::Limits& limits);
    /// The last place that is known; empty: none.
    std::vector<walk::Mark> known() const;
    /// Fewer are known than can be used, and there may be more.
    bool wants_places() const { return !all_told_ && places_.size() < busy_.size(); }
    /// Where pages of `rows` may end, behind all that are known; `all`: there are no more.
    void add_places(std::vector<std::vector<walk::Mark>> places, std::size_t rows, bool all);
    void forget();

  private:
    struct Page {
        KeyRange range;
        std::size_t lane = 0;
        Batch batch = {};
        std::optional<Result<walk::PageEnd>> end = {};
        Pace::Duration took{0};
        std::jthread thread = {};
    };
    void start(KeyRange range);

    Read read_;
    std::vector<bool> busy_;                      ///< By lane.
    std::deque<std::vector<walk::Mark>> places_;  ///< Behind the last page.
    std::size_t rows_ = 0;                        ///< Between two places.
    bool all_told_ = false;
    std::vector<walk::Mark> reached_;  ///< Where the load goes on.
    std::mutex mutex_;                 ///< Guards each page's `end`, which is set last.
    std::condition_variable_any read_one_;
    std::deque<std::unique_ptr<Page>> pages_;  ///< Each ends where the next begins. Destroyed first: joins the threads.
};

}  // namespace tributary::table
