#pragma once

#include "connectors/kit/table/catalogue.hpp"
#include "connectors/mariadb/connection.hpp"

namespace tributary::mariadb {

/// Tables and views of the session's database, or of those the scope names. Small tables are counted; of the others the
/// storage engine's estimate is told.
Result<table::Catalogue> read_catalogue(Connection& connection, const table::CatalogueScope& scope,
                                        std::stop_token stop);

}  // namespace tributary::mariadb
