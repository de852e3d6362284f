#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/walk/table_walk.hpp"
#include "connectors/postgres/connection.hpp"
#include "core/connector/connector.hpp"

namespace tributary::postgres {

/// The statements of a look, in an order that matters, sent together and before the page's snapshot is taken.
///
/// Claim: a row stamped before `clock` whose transaction is neither listed nor visible in a later snapshot does not
/// exist. Its stamp is at or after its transaction's now(), which is the time its first statement arrived and what
/// pg_stat_activity shows as xact_start; so it began before `clock`, and that is read first. While it runs it is in
/// pg_stat_activity, read second; it leaves that list only after it is visible to new snapshots (CommitTransaction
/// leaves the array of running transactions before it clears xact_start) or listed in pg_prepared_xacts, read third.
///
/// Two moments are not covered by that order: between a statement's arrival and its showing in pg_stat_activity (some
/// machine instructions, longer when the process is not scheduled), for which the walk subtracts `settling_time`, and
/// between two transactions of one query string, which share the string's arrival as now(); for that one query_start
/// counts when a session is active without a transaction.
///
/// Every open transaction counts, also one without an xid: it may still write. Only transactions of this database do,
/// and not those of autovacuum, which writes no rows.
std::string_view look_statements();

/// With 100 ms, a backend that a debugger held for 0.4 s between the two lost its row beside a busy writer; with 1 s
/// neither 0.4 s nor 0.8 s did.
constexpr std::chrono::milliseconds settling_time(1'000);

/// A session that holds a transaction open without working is named after this long.
constexpr std::chrono::seconds patience(30);

/// Whose clock stamps the rows. An application's knows nothing of transactions, whatever a look sees of them: an
/// overlap bounds it, and whoever gave one has said how far.
enum class Stamps { database, application, application_within_overlap };

/// What the statements answered; `rows` holds one result per statement.
walk::Look read_look(const std::vector<Rows>& rows, Stamps stamps, std::vector<Condition>& conditions);

}  // namespace tributary::postgres
