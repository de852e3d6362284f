#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connectors/kit/walk/list_position.hpp"
#include "connectors/kit/walk/table_walk.hpp"

namespace tributary::walk {

/// Right for every source. Tests switch one off to see that they would notice; nothing else can.
struct ListRules {
    bool anchored = true;       ///< Off: pages follow each other by their numbers, whatever moved meanwhile.
    bool tells_moves = true;    ///< Off: a scan that saw rows move to the front ends like any other.
    bool tells_repeats = true;  ///< Off: a source that gives its first page for ever is read for ever.
};

struct ListWalkSettings {
    enum class Paging {
        whole,   ///< Everything in one answer.
        offset,  ///< From the n-th row, so many. Anchored: each page begins with the last row that was read.
        number,  ///< The n-th page of so many rows. The same: number and size are chosen so that it does.
        token,   ///< Where the next page is, the answer before it said, or its last row.
    };
    bool watermark = false;
    std::chrono::microseconds overlap = std::chrono::seconds(60);
    Paging paging = Paging::whole;
    std::int64_t size = 100;  ///< Of a page, at most.
};

struct ListRequest {
    std::optional<std::int64_t> from = {};  ///< Rows changed at or after this; nothing: all.
    std::int64_t offset = 0;                ///< Of the first row.
    std::int64_t number = 0;                ///< Of the page, from 0.
    std::int64_t size = 0;                  ///< Rows; 0: whatever there is.
    std::string token = {};
};

struct ListPage {
    std::int64_t rows = 0;
    /// Where one of the position's anchors is: `back` from the newest of them, at the `at`-th row.
    struct Found {
        std::int64_t back = 0;
        std::int64_t at = 0;
    };
    std::optional<Found> anchor = {};
    std::vector<std::string> last = {};     ///< Anchors of its last rows, at most `most_anchors`.
    std::string top = {};                   ///< Of its first rows, as many; empty: not known.
    std::optional<std::string> token = {};  ///< Of the next page.
    std::optional<bool> more = {};          ///< Whether there is one, where the answer says so.
    std::int64_t largest = 0;               ///< The largest page that this source has given: it can give as much.
};

constexpr std::size_t most_anchors = 8;

struct ListStep {
    ListPosition next = {};
    bool more = false;
    Scan scan = Scan::none;
    Cause cause = Cause::change;
    bool moved = false;    ///< A scan that cannot tell what is gone: rows moved to its front.
    bool repeats = false;  ///< The source gives its first page whatever it is asked for: nothing leads on.
};

/// Walks a list whose pages shift while they are read. Pure: no I/O, no clock.
///
///     fresh   load, or scan where there is no watermark
///     load    all pages; then poll from the moment the first was asked for
///     poll    a round: all pages of what was changed since `seen` less the overlap; its start is the next `seen`
///     scan    begin, page…, end; the core compares
///
/// What shifts: a row that goes from what was read lets the rest move up, and a page by its number would pass over
/// some. So a page by number begins with the last row that was read, its anchor. Where the anchor is not found, nor one
/// of those before it, the walk steps back, a page at a time, until it is, at worst to the start. That loses nothing as
/// long as rows keep their order, or move because they were changed, which a watermark shows. Rows that come in
/// front are seen as well; in a scan, where a row that moved to the front would pass for gone, no end is told then.
/// A page that begins like the one before it is either that, just as many rows having come in front, or the answer of a
/// source that does not look at what it is asked for. The walk begins again then: only the latter gives the same rows
/// at the start and behind it, time and again.
/// Tokens are the source's own promise.
class ListWalk {
  public:
    explicit ListWalk(ListWalkSettings settings, ListRules rules = {}) : settings_(settings), rules_(rules) {}

    static bool wants_page(const ListPosition& position) { return !position.drained; }
    ListRequest page(const ListPosition& position, std::int64_t most_rows) const;
    /// With the source's clock when its first page was asked for.
    ListPosition begin(ListPosition position, std::int64_t clock) const;
    /// A part of a page, with the rest to follow: the position is still that of its start.
    ListStep part(const ListPosition& position, bool first, std::int64_t rows) const;
    /// Without a page where none is wanted.
    ListStep advance(const ListPosition& position, const ListRequest& request, const ListPage& page, bool first) const;
    /// The source does not know the token any longer.
    static ListPosition without_token(const ListPosition& position);

  private:
    bool over(const ListRequest& request, const ListPage& page) const;
    ListStep ended(const ListPosition& next, bool first) const;
    bool begins_again(const ListRequest& request, const ListPage& page, ListPosition& next) const;

    ListWalkSettings settings_;
    ListRules rules_;
};

}  // namespace tributary::walk
