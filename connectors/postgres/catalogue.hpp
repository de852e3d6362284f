#pragma once

#include "connectors/kit/table/catalogue.hpp"
#include "connectors/postgres/connection.hpp"

namespace tributary::postgres {

/// Tables and views of the session's database, without the system's, extensions' and single partitions. Small tables
/// are counted; of the others the planner's estimate is told.
Result<table::Catalogue> read_catalogue(Connection& connection, const table::CatalogueScope& scope,
                                        std::stop_token stop);

}  // namespace tributary::postgres
