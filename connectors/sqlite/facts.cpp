#include <utility>

#include "connectors/kit/table/statement.hpp"
#include "connectors/sqlite/catalogue.hpp"
#include "connectors/sqlite/reader.hpp"
#include "connectors/sqlite/rows.hpp"
#include "connectors/sqlite/writer.hpp"

namespace tributary::sqlite {
namespace {

/// The one schema of a file opened alone.
std::string bare(std::string_view table) {
    const std::vector<std::string> parts = table::name_parts(table);
    return parts.size() == 1 || parts.front() == "main" ? parts.back() : std::string(table);
}

Result<void> read_columns(Database& database, std::string_view table, table::Facts& facts) {
    table::Facts::Index primary{.columns = {}, .unique = true};
    // A primary key may hold nulls in SQLite, unless it is the row id, which has no index of its own.
    auto read = for_each(database,
                         "select name, \"notnull\" or (pk > 0 and not exists (select 1 from pragma_index_list(?1) "
                         "where origin = 'pk')), "
                         "pk from pragma_table_info(?1)",
                         table, [&](const Statement& row) {
                             const bool in_key = row.integer(2) > 0;
                             facts.columns.push_back({row.text(0), row.integer(1) == 0});
                             if (in_key) primary.columns.push_back(row.text(0));
                         });
    if (!primary.columns.empty()) facts.indexes.push_back(std::move(primary));
    return read;
}

}  // namespace

Result<void> read_indexes(Database& database, std::string_view table, std::vector<table::Facts::Index>& indexes) {
    std::string last;
    return for_each(database,
                    "select l.name, l.\"unique\" and not l.partial, i.name from pragma_index_list(?) l, "
                    "pragma_index_info(l.name) i order by l.name, i.seqno",
                    table, [&](const Statement& row) {
                        if (last != row.text(0)) indexes.push_back({{}, row.integer(1) != 0});
                        last = row.text(0);
                        indexes.back().columns.push_back(row.text(2));
                    });
}

Result<table::Facts> SqliteReader::table_facts(const std::string& table, std::stop_token stop) {
    if (auto connected = connect(std::move(stop)); !connected) return std::unexpected(connected.error());
    table::Facts facts{.has_indexes = false, .index_form = index_form};
    auto read = for_each(*database_, "select name, type from sqlite_schema where type in ('table', 'view')", {},
                         [&](const Statement& row) {
                             facts.tables.push_back(row.text(0));
                             if (row.text(0) != bare(table)) return;
                             facts.found = true;
                             facts.has_indexes = row.text(1) == "table";
                         });
    if (read) read = read_columns(*database_, bare(table), facts);
    if (read) read = read_indexes(*database_, bare(table), facts.indexes);
    if (!read) return std::unexpected(read.error());
    return facts;
}

Result<table::Facts> SqliteReader::facts(const table::Definition& definition, std::stop_token stop) {
    if (definition.query.empty()) return table_facts(definition.table, std::move(stop));
    if (auto connected = connect(std::move(stop)); !connected) return std::unexpected(connected.error());
    SqliteWriter sql;
    const auto columns = columns_of(table::relation(definition, sql));
    if (!columns) return std::unexpected(columns.error());
    table::Facts facts{.found = true, .has_indexes = false};
    for (const std::string& column : *columns) facts.columns.push_back({column});
    return facts;
}

Result<std::vector<table::ColumnType>> SqliteReader::columns(std::optional<std::size_t> include, std::stop_token) {
    std::vector<table::ColumnType> columns;
    if (!include && !definition_.query.empty()) {
        SqliteWriter sql;
        const auto names = columns_of(table::relation(definition_, sql));
        if (!names) return std::unexpected(names.error());
        for (const std::string& name : *names) columns.push_back({name, {}});
        return columns;
    }
    const std::string& table = include ? definition_.includes[*include].table : definition_.table;
    auto read =
        for_each(*database_, "select name, type from pragma_table_info(?)", bare(table), [&](const Statement& row) {
            columns.push_back({row.text(0), row.text(1)});
        });
    if (!read) return std::unexpected(read.error());
    return columns;
}

Result<table::Facts> SqliteReader::facts(const table::Include& include, std::stop_token stop) {
    return table_facts(include.table, std::move(stop));
}

}  // namespace tributary::sqlite
