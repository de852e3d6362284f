#pragma once

#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary::postgres {

/// What a SQLSTATE asks for. Codes: PostgreSQL's documentation, appendix A.
Error classified(std::string_view sqlstate, std::string what);

/// Who holds, or waits for, a lock that keeps readers out: one row each of table, who, since when. `tables` are
/// literals of names; empty: any table.
std::string lock_holders_statement(const std::string& tables);

/// The SQLSTATE in a connection's verbose error message (`FATAL:  28P01: password …`), which is the only place libpq
/// shows it before a session is up. Empty: the failure did not come from a server.
std::string_view sqlstate_in(std::string_view message);

/// The message without SQLSTATE, location and line breaks.
std::string readable(std::string_view message);

}  // namespace tributary::postgres
