#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kit/walk/table_position.hpp"

namespace tributary::walk {

/// What a source says about its transactions before a page is read. The look must be over before the page's snapshot
/// is taken: a transaction that is not in `open` then is either visible in the page or began after `clock`.
struct Look {
    struct Transaction {
        std::string id = {};
        std::int64_t since = 0;  ///< No row of it is stamped earlier.
        bool late = false;       ///< Its rows may be older than `since`: a prepared transaction only knows its end.
    };

    std::int64_t clock = 0;  ///< Taken before the transactions were listed.
    bool trusted = false;    ///< Every transaction that could still write is listed.
    std::vector<Transaction> open = {};
    /// How much earlier than the start of its transaction a stamp can be: the column's rounding, and the moment between
    /// a transaction's taking its start time and showing it.
    std::chrono::microseconds grain{0};
    /// The same of each child's watermark, in the order of TableWalkSettings::children.
    std::vector<std::chrono::microseconds> child_grains = {};
};

/// Right for every source. Tests switch one off to see that they would notice; nothing else can.
struct WalkRules {
    bool inclusive_bound = true;    ///< Off: `> last` for the bound.
    bool ties_by_key = true;        ///< Off: pages of a round continue behind the last watermark, whatever the key.
    bool untrusted_overlap = true;  ///< Off: no overlap although the look was not trusted.
    bool open_transactions = true;  ///< Off: the clock alone is the bound.
};

struct TableWalkSettings {
    bool watermark = false;
    /// Rounds go by key as loads do: for a source that sorts by something finer than the watermark it shows, or not by
    /// it at all. Else by watermark and key.
    bool rounds_by_key = false;
    /// Always subtracted when given; else `untrusted_overlap` where a look is not trusted, and nothing where it is.
    std::optional<std::chrono::microseconds> overlap = {};
    /// A transaction that is open for longer is given up: when it ends, what was stamped since it began is not read
    /// back.
    std::optional<std::chrono::microseconds> max_hold = {};

    /// A table whose rows belong to those of this one, and whose changes make their parents news.
    struct Child {
        std::optional<std::chrono::microseconds> overlap = {};
        bool by_application = false;  ///< No look can be trusted about its stamps.
    };
    std::vector<Child> children = {};
};

constexpr std::chrono::microseconds untrusted_overlap = std::chrono::seconds(60);

/// A condition on rows: one of these values in columns of their own, or of one of their children.
struct Sought {
    struct Column {
        std::string name;
        std::size_t index = 0;  ///< In the selection it belongs to.
    };
    std::optional<std::size_t> include = {};            ///< Whose columns; nothing: the rows' own.
    std::vector<Column> columns = {};                   ///< Never empty.
    std::vector<std::vector<std::string>> values = {};  ///< Canonical texts, one for each column; never empty.
};

/// A page to read, in the order of its columns: key alone, or watermark and key.
struct PageRequest {
    bool by_watermark = false;              ///< Of a round by key not: such a request has `from` alone.
    std::optional<std::int64_t> from = {};  ///< Rows stamped at or after this (after it, unless `from_inclusive`).
    bool from_inclusive = true;
    std::vector<Mark> after = {};  ///< Rows behind this one; empty: from the start.
    std::vector<Mark> until = {};  ///< Up to and with the row of this key, in the order of the key; empty: to the end.
    bool after_with_key = true;    ///< `after` compares all its columns, else the watermark alone.
    bool keyless = false;          ///< The rows with a null in their key, which no other page has; they have no order.
    std::vector<std::vector<std::string>> keys = {};  ///< Not empty: the rows of these keys, by their canonical texts.
    /// Only rows that have children in this one of the tables, stamped there at or after `from`; in the order of the
    /// key.
    std::optional<std::size_t> touched_by = {};
    std::vector<Sought> sought = {};  ///< Only rows for which all of these hold.
};

/// What a page brought.
struct PageEnd {
    std::size_t rows = 0;
    bool full = false;            ///< Stopped at a limit: more rows may follow.
    std::vector<Mark> last = {};  ///< Of the last row, as in PageRequest::after.
};

struct Step {
    TablePosition next = {};
    bool more = false;
    Scan scan = Scan::none;
    Cause cause = Cause::change;
};

/// Walks a table by key and watermark whose precision is that of the column itself. Pure: no I/O, no clock.
///
///     fresh   look, then load (or scan)
///     load    page by key until one is not full; then poll from the look that came before the first page
///     poll    a round: look; read all rows stamped at or after the earliest moment that can hold something new,
///             by (watermark, key), until a page is not full; then for each child table with a watermark the parents
///             of what is stamped there so late, by key; what the look established is now known
///     scan    begin, page…, end by key; the core compares
///
/// Something new since the last look can only be stamped after it, or by a transaction that was open then and has
/// ended since. So a round starts at the earlier of the two; a transaction that stays open costs nothing until it ends.
/// A round by key may miss a row that changes behind its back: its new stamp is after the look, so the next one has it.
/// The round has no upper end: rows stamped ahead of the clock are read in each round and never move the position.
///
/// A watermark that was added since the position was written is followed from a load, one that was removed is gone on
/// without by a scan. What either finds was known before, so that it is a change and no first load.
class TableWalk {
  public:
    explicit TableWalk(TableWalkSettings settings, WalkRules rules = {})
        : settings_(std::move(settings)), rules_(rules) {}

    /// A load or a round is about to begin: call `begin` with a look first.
    bool wants_look(const TablePosition& position) const;
    /// Whether nobody waits for it any longer (`max_hold`).
    bool gives_up(const Look::Transaction& open, std::int64_t clock) const;
    TablePosition begin(TablePosition position, const Look& look, std::int64_t expected_rows = 0) const;

    /// A scan was read to its end: `advance` with an empty page, without asking the source.
    static bool wants_page(const TablePosition& position) { return !position.drained; }
    PageRequest page(const TablePosition& position) const;
    /// What the load, scan or round has beside its pages: to be read once, with the last of them.
    PageRequest keyless_page(TablePosition position) const;
    Step advance(const TablePosition& position, PageEnd end) const;

    /// A page that brought nothing and ended its part of the round need not be told of: the position of the next part.
    static std::optional<TablePosition> next_part(const TablePosition& position, const PageEnd& end);

    /// A round that began and found nothing: the position before it stands, so that idle polls write nothing.
    static bool idle(const TablePosition& before, const TablePosition& begun, const PageEnd& end) {
        return before.phase == Phase::poll && !before.in_round && begun.in_round && end.rows == 0;
    }

  private:
    bool walked_otherwise(const TablePosition& position) const;
    std::chrono::microseconds overlap(const Look& look) const;
    std::vector<std::int64_t> child_starts(const Look& look, std::int64_t from) const;
    Known established(const Look& look, const Known& before, std::int64_t from) const;
    std::int64_t round_start(const Look& look, const Known& before) const;

    TableWalkSettings settings_;
    WalkRules rules_;
};

}  // namespace tributary::walk
