#pragma once

#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary::mariadb {

/// What an error number asks for; `connected`: it answers a statement, not the attempt to connect. Numbers below 2000
/// and from 3000 on are the server's (MariaDB's and MySQL's error reference), between them the client library's.
Error classified(unsigned code, std::string_view sqlstate, bool connected, std::string what);

/// The session is gone with it.
bool is_connection_error(unsigned code);

}  // namespace tributary::mariadb
