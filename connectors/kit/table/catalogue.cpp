#include "connectors/kit/table/catalogue.hpp"

#include <algorithm>

#include "connectors/kit/table/statement.hpp"

namespace tributary::table {
namespace {

/// `*` stands for any characters, `?` for one byte.
bool fits(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) return text.empty();
    if (pattern.front() == '*') {
        for (std::size_t skip = 0; skip <= text.size(); ++skip)
            if (fits(pattern.substr(1), text.substr(skip))) return true;
        return false;
    }
    if (text.empty() || (pattern.front() != '?' && pattern.front() != text.front())) return false;
    return fits(pattern.substr(1), text.substr(1));
}

}  // namespace

const CatalogueColumn* CatalogueTable::column(std::string_view column_name) const {
    const auto found = std::ranges::find(columns, column_name, &CatalogueColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

std::string CatalogueTable::spelled() const {
    return needs_schema && !schema.empty() ? name_part(schema) + "." + name_part(name) : name_part(name);
}

const CatalogueTable* Catalogue::find(std::string_view schema, std::string_view table) const {
    const auto found = std::ranges::find_if(
        tables, [&](const CatalogueTable& each) { return each.schema == schema && each.name == table; });
    return found == tables.end() ? nullptr : &*found;
}

bool CatalogueScope::wants(std::string_view schema, std::string_view table) const {
    if (!schemas.empty() && std::ranges::find(schemas, schema) == schemas.end()) return false;
    const std::string qualified = std::string(schema) + "." + std::string(table);
    return patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
               return fits(pattern, table) || fits(pattern, qualified);
           });
}

}  // namespace tributary::table
