#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/walk/mark.hpp"
#include "core/connector/connector.hpp"
#include "core/model/result.hpp"

namespace tributary::walk {

/// A transaction that may still bring rows with stamps from `since` on. Times are microseconds UTC of the source's
/// clock, here and below.
struct OpenTransaction {
    std::string id;
    std::int64_t since = 0;

    bool operator==(const OpenTransaction&) const = default;
};

/// What has been established about a table: every row stamped before `seen` has been read, except what the
/// transactions in `open` may still commit. Of a scan only that it ended then.
struct Known {
    std::int64_t seen = 0;
    std::vector<OpenTransaction> open = {};

    bool operator==(const Known&) const = default;
};

enum class Phase : std::uint8_t {
    fresh,  ///< Nothing was read.
    load,   ///< First load, by key alone; `known` is from before its first page.
    poll,   ///< By watermark and key, in rounds.
    scan,   ///< No watermark: everything, by key, again and again.
};

/// Where the walk over a table stands.
struct TablePosition {
    Phase phase = Phase::fresh;
    Known known = {};
    std::vector<Mark> at =
        {};  ///< Last row read of the load, scan or round in progress: its key, or watermark and key.

    /// A poll round in progress: it reads everything stamped at or after `from`, and establishes `then`.
    bool in_round = false;
    std::int64_t from = 0;
    std::vector<std::int64_t> child_from = {};  ///< The same for the rows of each child table that has a watermark.
    std::size_t part = 0;  ///< Of the round: 0 by the table's own watermark, n by that of the n-th of these children.
    Known then = {};

    bool in_scan = false;
    bool drained = false;  ///< Scan: all rows are read, the end was not told yet.
    bool scanned = false;  ///< Scan or load: everything was read once before, so this one finds changes.

    std::int64_t rows = 0;      ///< Of the load or scan in progress.
    std::int64_t expected = 0;  ///< The source's estimate; 0: unknown.

    bool operator==(const TablePosition&) const = default;
};

/// Fails (stop, `bad_position`) on what another version wrote and when a key is too long for a position.
Result<TablePosition> read_table_position(const Position& position);
Result<Position> write_table_position(const TablePosition& position);

}  // namespace tributary::walk
