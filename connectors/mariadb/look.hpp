#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/walk/table_walk.hpp"
#include "connectors/mariadb/connection.hpp"
#include "core/connector/connector.hpp"

namespace tributary::mariadb {

/// The server's clock in microseconds, and whom it takes this session for. First of a look.
std::string_view clock_statement();

/// InnoDB's open transactions that may write, but for this session's. Needs the right PROCESS.
///
/// They are remembered by the walk, which reads back to the start of one that has ended. Yet the look is never trusted,
/// and the overlap always subtracted: a row is stamped with the arrival of its statement, and a transaction is listed
/// from its first touch of a table, which may have waited for a lock; what a replica applies carries the primary's
/// stamps; and the list is a copy that the server renews when nobody has read it for a tenth of a second.
std::string_view transactions_statement();

/// Starts are listed in seconds, up to a tenth of a second late.
constexpr std::chrono::milliseconds settling_time(1'100);

/// A session that holds a transaction open without working is named after this long.
constexpr std::chrono::seconds patience(30);

/// `transactions`: nothing when this session may not see them.
Result<walk::Look> read_look(const Rows& clock, const std::optional<Rows>& transactions,
                             std::chrono::microseconds overlap, std::vector<Condition>& conditions);

}  // namespace tributary::mariadb
