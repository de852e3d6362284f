#include "connectors/mariadb/catalogue.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <utility>

#include "connectors/mariadb/reader.hpp"

namespace tributary::mariadb {
namespace {

using table::CatalogueTable;
using table::ColumnKind;
using Row = Rows::value_type;

/// By schema and table, the first two values of every row here.
using TablesByName = std::map<std::pair<std::string, std::string>, CatalogueTable*>;

std::string text(const Row& row, std::size_t column) { return row[column].value_or(""); }

CatalogueTable* table_of(const Row& row, const TablesByName& tables) {
    const auto found = tables.find({text(row, 0), text(row, 1)});
    return found == tables.end() ? nullptr : found->second;
}

std::string schemas(const Connection& connection, const table::CatalogueScope& scope) {
    if (scope.schemas.empty()) return "table_schema = database()";
    std::string list;
    for (const std::string& schema : scope.schemas) list += (list.empty() ? "" : ", ") + connection.literal(schema);
    return "table_schema in (" + list + ")";
}

std::string tables_statement(const std::string& where) {
    return "select table_schema, table_name, table_schema <> database(), table_type like '%VIEW', table_rows from "
           "information_schema.tables where table_type <> 'SEQUENCE' and " +
           where + " order by table_schema, table_name";
}

/// MariaDB writes NULL out where that is the default.
std::string columns_statement(const std::string& where) {
    return "select table_schema, table_name, column_name, lower(data_type), lower(column_type), is_nullable = 'YES', "
           "coalesce(column_default, 'NULL') <> 'NULL' or extra like '%auto_increment%', lower(extra) like '%on "
           "update%', find_in_set('select', replace(privileges, ', ', ',')) > 0 from information_schema.columns "
           "where " +
           where + " order by table_schema, table_name, ordinal_position";
}

std::string indexes_statement(const std::string& where) {
    return "select table_schema, table_name, index_name, non_unique, column_name, sub_part is not null from "
           "information_schema.statistics where " +
           where + " order by table_schema, table_name, index_name, seq_in_index";
}

std::string foreign_keys_statement(const std::string& where) {
    return "select table_schema, table_name, constraint_name, column_name, referenced_table_schema, "
           "referenced_table_name, referenced_column_name from information_schema.key_column_usage where "
           "referenced_table_name is not null and " +
           where + " order by table_schema, table_name, constraint_name, ordinal_position";
}

ColumnKind kind_of(const std::string& type, const std::string& whole) {
    if (whole.starts_with("tinyint(1)") || whole == "bit(1)") return ColumnKind::boolean;
    if (type.ends_with("int") || type == "year") return ColumnKind::integer;
    if (type.ends_with("char") || type.ends_with("text")) return ColumnKind::text;
    static constexpr std::pair<std::string_view, ColumnKind> types[] = {
        {"decimal", ColumnKind::decimal},     {"float", ColumnKind::real},
        {"double", ColumnKind::real},         {"date", ColumnKind::date},
        {"datetime", ColumnKind::local_time}, {"timestamp", ColumnKind::instant},
        {"enum", ColumnKind::text},           {"uuid", ColumnKind::text}};
    const auto found = std::ranges::find(types, type, &std::pair<std::string_view, ColumnKind>::first);
    return found == std::end(types) ? ColumnKind::other : found->second;
}

void add_columns(const Rows& rows, const TablesByName& tables) {
    for (const Row& row : rows) {
        CatalogueTable* table = table_of(row, tables);
        if (table == nullptr || row[8] != "1") continue;
        table->columns.push_back({.name = text(row, 2),
                                  .kind = kind_of(text(row, 3), text(row, 4)),
                                  .type = text(row, 4),
                                  .nullable = row[5] == "1",
                                  .has_default = row[6] == "1",
                                  .stamped = row[7] == "1"});
    }
    for (const auto& [name, table] : tables) table->readable = !table->columns.empty();
}

void add_indexes(const Rows& rows, const TablesByName& tables) {
    std::map<CatalogueTable*, Rows> by_table;
    for (const Row& row : rows) {
        CatalogueTable* table = table_of(row, tables);
        if (table == nullptr) continue;
        by_table[table].push_back({row.begin() + 2, row.end()});
        if (row[2] == "PRIMARY") table->primary_key.push_back(text(row, 4));
    }
    for (const auto& [table, own] : by_table) table->indexes = read_indexes(own);
}

void add_foreign_keys(const Rows& rows, const TablesByName& tables) {
    std::pair<CatalogueTable*, std::string> last;
    for (const Row& row : rows) {
        CatalogueTable* table = table_of(row, tables);
        if (table == nullptr) continue;
        const std::pair now(table, text(row, 2));
        if (now != last)
            table->foreign_keys.push_back(
                {.columns = {}, .schema = text(row, 4), .table = text(row, 5), .targets = {}});
        last = now;
        table->foreign_keys.back().columns.push_back(text(row, 3));
        table->foreign_keys.back().targets.push_back(text(row, 6));
    }
}

Result<void> count(Connection& connection, CatalogueTable& table, const std::stop_token& stop) {
    if (!table.readable || table.is_view || (table.rows && table.rows->count > table::most_counted)) return {};
    const auto rows = connection.query("select count(*) from (select 1 from " + Connection::identifier(table.schema) +
                                           "." + Connection::identifier(table.name) + " limit " +
                                           std::to_string(table::most_counted + 1) + ") as counted",
                                       stop);
    if (!rows && (stop.stop_requested() || !connection.usable())) return std::unexpected(rows.error());
    // A table that is broken or locked is told without its size.
    table.rows.reset();
    if (!rows || rows->empty()) return {};
    const std::int64_t counted = std::strtoll(text(rows->front(), 0).c_str(), nullptr, 10);
    table.rows = {counted, counted <= table::most_counted};
    return {};
}

TablesByName add_tables(const Rows& rows, const table::CatalogueScope& scope, table::Catalogue& catalogue) {
    for (const Row& row : rows) {
        if (!scope.wants(text(row, 0), text(row, 1))) continue;
        catalogue.tables.push_back(
            {.schema = text(row, 0), .name = text(row, 1), .needs_schema = row[2] == "1", .is_view = row[3] == "1"});
        if (row[4]) catalogue.tables.back().rows = {std::strtoll(row[4]->c_str(), nullptr, 10), false};
    }
    TablesByName tables;
    for (CatalogueTable& table : catalogue.tables) tables[{table.schema, table.name}] = &table;
    return tables;
}

}  // namespace

Result<table::Catalogue> read_catalogue(Connection& connection, const table::CatalogueScope& scope,
                                        std::stop_token stop) {
    const auto names = connection.query(
        "select database(), if(@@global.time_zone = 'SYSTEM', @@system_time_zone, @@global.time_zone)", stop);
    if (!names) return std::unexpected(names.error());
    table::Catalogue catalogue{.database = text(names->at(0), 0), .time_zone = text(names->at(0), 1)};
    catalogue.index_form = index_form;
    const std::string where = schemas(connection, scope);
    const auto found = connection.query(tables_statement(where), stop);
    if (!found) return std::unexpected(found.error());
    const TablesByName tables = add_tables(*found, scope, catalogue);
    using Add = void (*)(const Rows&, const TablesByName&);
    const std::pair<std::string, Add> details[] = {{columns_statement(where), add_columns},
                                                   {indexes_statement(where), add_indexes},
                                                   {foreign_keys_statement(where), add_foreign_keys}};
    for (const auto& [statement, add] : details) {
        const auto rows = connection.query(statement, stop);
        if (!rows) return std::unexpected(rows.error());
        add(*rows, tables);
    }
    for (CatalogueTable& table : catalogue.tables)
        if (auto counted = count(connection, table, stop); !counted) return std::unexpected(counted.error());
    return catalogue;
}

}  // namespace tributary::mariadb
