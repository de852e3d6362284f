#pragma once

#include <cstdint>
#include <string>

#include "core/connector/connector.hpp"

namespace tributary::odata {

/// Where a stream stands that follows delta links.
struct DeltaPosition {
    std::string link = {};   ///< The page to be read next; empty: the first of all.
    std::string since = {};  ///< The delta link that led there; empty: everything is being read.
    bool drained = false;    ///< Everything is read, which has still to be told.
    bool again = false;      ///< It was read before, so what differs has changed.
    std::int64_t rows = 0;   ///< Of that reading, so far.
    std::int64_t turn = 0;   ///< No two positions are the same.

    bool reads_all() const { return since.empty() && !drained; }
    bool operator==(const DeltaPosition&) const = default;
};

/// Fails (stop, `bad_position`) on what another version wrote.
Result<DeltaPosition> read_delta_position(const Position& position);
/// Fails (stop, `link_too_long`) where a link does not fit.
Result<Position> write_delta_position(const DeltaPosition& position);

}  // namespace tributary::odata
