#pragma once

#include <string_view>
#include <vector>

#include "connectors/kit/table/catalogue.hpp"
#include "connectors/sqlite/database.hpp"

namespace tributary::sqlite {

/// Tables and views of a file. A column's type is what is declared; where that says nothing, or no more than text, one
/// of the first values decides.
Result<table::Catalogue> read_catalogue(Database& database, const table::CatalogueScope& scope);

/// Of one table, but not of an integer primary key, which has none.
Result<void> read_indexes(Database& database, std::string_view table, std::vector<table::Facts::Index>& indexes);

}  // namespace tributary::sqlite
