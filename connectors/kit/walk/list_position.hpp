#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/kit/walk/table_position.hpp"
#include "core/connector/connector.hpp"

namespace tributary::walk {

/// Where the walk over a list stands that an API gives page by page. Times are microseconds UTC of the source's clock.
struct ListPosition {
    Phase phase = Phase::fresh;
    std::int64_t seen = 0;                  ///< Poll: what the source changed before that was read.
    bool going = false;                     ///< A load, round or scan is under way:
    std::int64_t then = 0;                  ///< it began then,
    std::int64_t read = 0;                  ///< so many rows of the list lie behind,
    std::int64_t anchored = 0;              ///< so many up to the last anchor, when that was read,
    std::vector<std::string> anchors = {};  ///< the last of them (hashes of keys), the newest last,
    std::string top = {};                   ///< what the last page began with (a hash of keys),
    std::int64_t topped = 0;                ///< from this row on,
    std::int64_t repeats = 0;               ///< so many later pages in turn began like the page before them,
    std::string token = {};                 ///< what the source called the next page,
    std::int64_t size = 0;                  ///< the largest page it gave where it was asked for more; 0: not known,
    std::int64_t given = 0;                 ///< so many rows of the page were given: it is longer than a batch.
    bool moved = false;     ///< Scan: rows came in front of what was read, so that some may have moved there unseen.
    bool drained = false;   ///< Scan: all rows are read, the end was not told yet.
    bool scanned = false;   ///< Scan or load: everything was read once before, so this one finds changes.
    std::int64_t rows = 0;  ///< Of the load or scan in progress.

    bool operator==(const ListPosition&) const = default;
};

/// Fails (stop, `bad_position`) on what another version wrote.
Result<ListPosition> read_list_position(const Position& position);
/// Fails (stop) on a token that does not fit.
Result<Position> write_list_position(const ListPosition& position);

}  // namespace tributary::walk
