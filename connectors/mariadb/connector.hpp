#pragma once

#include <memory>

#include "connectors/kit/walk/table_walk.hpp"
#include "core/connector/connector.hpp"

namespace tributary::mariadb {

/// Tables and queries of a MariaDB or MySQL database, polled with an overlap.
const Connector& connector();

/// The same with other rules for the walk: tests run it to see that they notice a wrong one.
std::unique_ptr<Connector> connector_with(const walk::WalkRules& rules);

}  // namespace tributary::mariadb
