#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/connector/connector.hpp"

namespace tributary::erpnext {

/// Rows to be read again: those that have one of these names in this column.
struct Again {
    std::string column = {};
    std::vector<std::string> names = {};

    bool operator==(const Again&) const = default;
};

/// Where a stream stands: in its rows, and in what the site announces about them. Times are microseconds UTC of the
/// site's clock.
struct DocumentPosition {
    Position rows = {};     ///< Of the walk over the table.
    std::int64_t told = 0;  ///< Announcements up to here are dealt with; 0: none, nothing was read yet.
    std::int64_t turn = 0;  ///< How often something was announced.

    std::vector<Again> again = {};  ///< To be read again, the first of them is under way.
    Position at = {};               ///< So far.
    std::int64_t then = 0;          ///< What `told` will be when that is done.

    bool operator==(const DocumentPosition&) const = default;
};

/// Fails (stop, `bad_position`) on what another version wrote.
Result<DocumentPosition> read_document_position(const Position& position);
/// Fails (stop) on one that is too long.
Result<Position> write_document_position(const DocumentPosition& position);

}  // namespace tributary::erpnext
