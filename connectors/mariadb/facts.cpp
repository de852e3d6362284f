#include <algorithm>
#include <utility>

#include "connectors/mariadb/reader.hpp"

namespace tributary::mariadb {
namespace {

/// `shop.order`, or a table of the connection's database; a part in double quotes may hold a dot.
struct TableName {
    std::string database;
    std::string table;
};

TableName split(std::string_view written) {
    std::vector<std::string> parts = table::name_parts(written);
    TableName name;
    name.table = std::move(parts.back());
    if (parts.size() > 1) name.database = std::move(parts[parts.size() - 2]);
    return name;
}

std::string database_of(const Connection& connection, std::string_view database) {
    return database.empty() ? "database()" : connection.literal(database);
}

std::string of_table(const Connection& connection, std::string_view database, std::string_view table) {
    return "table_schema = " + database_of(connection, database) + " and table_name = " + connection.literal(table);
}

std::string columns_statement(const Connection& connection, const TableName& name) {
    return "select column_name, is_nullable, find_in_set('select', replace(privileges, ', ', ',')) > 0 from "
           "information_schema.columns where " +
           of_table(connection, name.database, name.table) + " order by ordinal_position";
}

/// Of the one that is asked for, its kind as well.
std::string tables_statement(const Connection& connection, const TableName& name) {
    const std::string shown = name.database.empty() ? "table_name" : "concat(table_schema, '.', table_name)";
    return "select " + shown + ", table_name = " + connection.literal(name.table) +
           ", table_type = 'BASE TABLE' from information_schema.tables where table_schema = " +
           database_of(connection, name.database) + " limit 10000";
}

void read_tables(const Rows& rows, table::Facts& facts) {
    facts.has_indexes = false;
    for (const auto& row : rows) {
        facts.tables.push_back(row[0].value_or(""));
        if (row[1] != "1") continue;
        facts.found = true;
        facts.has_indexes = row[2] == "1";
    }
}

void read_columns(const Rows& rows, table::Facts& facts) {
    facts.readable =
        rows.empty() || std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row[2] == "1"; });
    for (const auto& row : rows) facts.columns.push_back({row[0].value_or(""), row[1] == "YES"});
}

}  // namespace

/// A part of a column indexes nothing but that part, though it may well be unique.
std::string indexes_statement(const Connection& connection, std::string_view database, std::string_view table) {
    return "select index_name, non_unique, column_name, sub_part is not null from information_schema.statistics "
           "where " +
           of_table(connection, database, table) + " order by index_name, seq_in_index";
}

std::vector<table::Facts::Index> read_indexes(const Rows& rows) {
    std::vector<table::Facts::Index> indexes;
    std::optional<std::string> last;
    bool cut = false;
    for (const auto& row : rows) {
        const bool unique = row[1] == "0";
        if (row[0] != last) {
            indexes.push_back({.columns = {}, .unique = unique});
            cut = false;
        }
        last = row[0];
        // MySQL 8 has indexes on expressions, whose column has no name.
        cut = cut || !row[2] || (!unique && row[3] == "1");
        if (!row[2]) indexes.back().unique = false;
        if (!cut) indexes.back().columns.push_back(*row[2]);
    }
    return indexes;
}

Result<table::Facts> MariadbReader::table_facts(const std::string& table, std::stop_token stop) {
    if (auto connected = connect(stop); !connected) return std::unexpected(connected.error());
    const TableName name = split(table);
    const auto tables = connection_->query(tables_statement(*connection_, name), stop);
    if (!tables) return std::unexpected(tables.error());
    const auto columns = connection_->query(columns_statement(*connection_, name), stop);
    if (!columns) return std::unexpected(columns.error());
    const auto indexes = connection_->query(indexes_statement(*connection_, name.database, name.table), stop);
    if (!indexes) return std::unexpected(indexes.error());
    table::Facts facts{.index_form = index_form};
    read_tables(*tables, facts);
    read_columns(*columns, facts);
    facts.indexes = read_indexes(*indexes);
    return facts;
}

Result<table::Facts> MariadbReader::facts(const table::Definition& definition, std::stop_token stop) {
    if (definition.query.empty()) return table_facts(definition.table, std::move(stop));
    if (auto connected = connect(stop); !connected) return std::unexpected(connected.error());
    MariadbWriter sql(*connection_);
    const auto columns = describe(table::relation(definition, sql), std::move(stop));
    if (!columns) return std::unexpected(columns.error());
    table::Facts facts{.found = true, .has_indexes = false};
    for (const Column& column : *columns) facts.columns.push_back({column.name});
    return facts;
}

Result<table::Facts> MariadbReader::facts(const table::Include& include, std::stop_token stop) {
    return table_facts(include.table, std::move(stop));
}

Result<std::vector<table::ColumnType>> MariadbReader::columns(std::optional<std::size_t> include,
                                                              std::stop_token stop) {
    std::vector<table::ColumnType> columns;
    if (!include && !definition_.query.empty()) {
        MariadbWriter sql(*connection_);
        const auto described = describe(table::relation(definition_, sql), std::move(stop));
        if (!described) return std::unexpected(described.error());
        for (const Column& column : *described) columns.push_back({column.name, {}});
        return columns;
    }
    const TableName name = split(include ? definition_.includes[*include].table : definition_.table);
    const auto rows =
        connection_->query("select column_name, column_type from information_schema.columns where " +
                               of_table(*connection_, name.database, name.table) + " order by ordinal_position",
                           std::move(stop));
    if (!rows) return std::unexpected(rows.error());
    for (const auto& row : *rows) columns.push_back({row[0].value_or(""), row[1].value_or("")});
    return columns;
}

}  // namespace tributary::mariadb
