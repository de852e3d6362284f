#include "connectors/sqlite/catalogue.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "connectors/sqlite/reader.hpp"
#include "connectors/sqlite/rows.hpp"
#include "connectors/sqlite/writer.hpp"
#include "core/model/decimal.hpp"
#include "core/model/times.hpp"

namespace tributary::sqlite {
namespace {

using table::CatalogueTable;
using table::ColumnKind;

/// So many rows are looked at for a value that is not null.
constexpr int most_sampled = 100;

/// In the order of SQLite's own rules, with the words in front that it takes for numbers.
ColumnKind declared_kind(const std::string& declared) {
    static constexpr std::pair<std::string_view, ColumnKind> words[] = {
        {"BOOL", ColumnKind::boolean}, {"DATETIME", ColumnKind::local_time}, {"TIMESTAMP", ColumnKind::local_time},
        {"DATE", ColumnKind::date},    {"INT", ColumnKind::integer},         {"CHAR", ColumnKind::text},
        {"CLOB", ColumnKind::text},    {"TEXT", ColumnKind::text},           {"JSON", ColumnKind::other},
        {"BLOB", ColumnKind::other},   {"REAL", ColumnKind::real},           {"FLOA", ColumnKind::real},
        {"DOUB", ColumnKind::real},    {"NUM", ColumnKind::decimal},         {"DEC", ColumnKind::decimal}};
    const std::string type = upper(declared);
    for (const auto& [word, kind] : words)
        if (type.contains(word)) return kind;
    return ColumnKind::text;
}

bool is_decided(ColumnKind kind) {
    return kind == ColumnKind::integer || kind == ColumnKind::boolean || kind == ColumnKind::other;
}

ColumnKind kind_of(const Value& value) {
    switch (value.kind) {
        case Kind::integer:
            return ColumnKind::integer;
        case Kind::real:
            return ColumnKind::real;
        case Kind::text:
            if (parse_day(value.view())) return ColumnKind::date;
            if (const auto stamp = parse_timestamp(value.view()))
                return stamp->zoned ? ColumnKind::instant : ColumnKind::local_time;
            // amounts are often kept as text, as a REAL cannot hold them
            if (value.view().contains('.') && parse_decimal(value.view())) return ColumnKind::decimal;
            return ColumnKind::text;
        default:
            return ColumnKind::other;
    }
}

Result<void> read_tables(Database& database, const table::CatalogueScope& scope, table::Catalogue& catalogue) {
    return for_each(
        database,
        "select name, type from pragma_table_list where schema = 'main' and type in ('table', 'view', "
        "'virtual') and name not like 'sqlite\\_%' escape '\\' order by name",
        {}, [&](const Statement& row) {
            if (scope.wants("main", row.text(0)))
                catalogue.tables.push_back(
                    {.schema = "main", .name = row.text(0), .needs_schema = false, .is_view = row.text(1) == "view"});
        });
}

Result<void> read_columns(Database& database, CatalogueTable& table) {
    std::map<std::int64_t, std::string> key;
    // A primary key may hold nulls, unless it is the row id, which has no index of its own.
    auto read = for_each(database,
                         "select name, type, \"notnull\" or (pk > 0 and not exists (select 1 from "
                         "pragma_index_list(?1) where origin = 'pk')), dflt_value is not null, pk from "
                         "pragma_table_info(?1)",
                         table.name, [&](const Statement& row) {
                             table.columns.push_back({.name = row.text(0),
                                                      .kind = declared_kind(row.text(1)),
                                                      .type = row.text(1).empty() ? "no type" : row.text(1),
                                                      .nullable = row.integer(2) == 0,
                                                      .has_default = row.integer(3) != 0});
                             if (row.integer(4) > 0) key[row.integer(4)] = row.text(0);
                         });
    for (auto& [place, column] : key) table.primary_key.push_back(std::move(column));
    if (!table.primary_key.empty()) table.indexes.push_back({table.primary_key, true});
    return read;
}

/// A foreign key that names no column means the primary key. Names may be written in another case.
Result<void> read_foreign_keys(Database& database, CatalogueTable& table) {
    std::int64_t last = -1;
    return for_each(
        database,
        "select k.id, (select t.name from pragma_table_list t where t.schema = 'main' and t.name = k.\"table\" collate "
        "nocase), (select c.name from pragma_table_info(?1) c where c.name = k.\"from\" collate nocase), (select "
        "c.name from pragma_table_info(k.\"table\") c where case when k.\"to\" is null then c.pk = k.seq + 1 else "
        "c.name = k.\"to\" collate nocase end) from pragma_foreign_key_list(?1) k order by k.id, k.seq",
        table.name, [&](const Statement& row) {
            if (row.integer(0) != last)
                table.foreign_keys.push_back({.columns = {}, .schema = "main", .table = row.text(1), .targets = {}});
            last = row.integer(0);
            table.foreign_keys.back().columns.push_back(row.text(2));
            table.foreign_keys.back().targets.push_back(row.text(3));
        });
}

Result<void> sample(Database& database, CatalogueTable& table) {
    SqliteWriter sql;
    auto statement =
        database.prepare("select * from " + sql.identifier(table.name) + " limit " + std::to_string(most_sampled));
    if (!statement) return std::unexpected(statement.error());
    std::vector<bool> seen(table.columns.size());
    for (;;) {
        const auto stepped = statement->step();
        if (!stepped) return std::unexpected(stepped.error());
        if (!*stepped) return {};
        const auto width = std::min(seen.size(), static_cast<std::size_t>(statement->columns()));
        for (std::size_t i = 0; i < width; ++i) {
            const Value value = statement->value(static_cast<int>(i));
            if (seen[i] || value.is_null() || is_decided(table.columns[i].kind)) continue;
            seen[i] = true;
            const ColumnKind kind = kind_of(value);
            // 12.50 comes as a real and 12 as an integer: a column of amounts stays one
            const bool number = kind == ColumnKind::integer || kind == ColumnKind::real;
            const bool declared_number =
                table.columns[i].kind == ColumnKind::decimal || table.columns[i].kind == ColumnKind::real;
            if (!number || !declared_number) table.columns[i].kind = kind;
        }
    }
}

Result<void> count(Database& database, CatalogueTable& table) {
    SqliteWriter sql;
    const std::string name = sql.identifier(table.name);
    auto counted = for_each(
        database,
        "select count(*) from (select 1 from " + name + " limit " + std::to_string(table::most_counted + 1) + ")", {},
        [&](const Statement& row) {
            table.rows = {row.integer(0), row.integer(0) <= table::most_counted};
        });
    if (!counted || !table.rows || table.rows->exact) return counted;
    // Fails for tables without a rowid: they keep the lower bound.
    (void)for_each(database, "select max(rowid) from " + name, {}, [&](const Statement& row) {
        table.rows = {std::max(table::most_counted, row.integer(0)), false};
    });
    return {};
}

Result<void> read_details(Database& database, CatalogueTable& table) {
    if (auto read = read_columns(database, table); !read) return read;
    if (auto read = read_indexes(database, table.name, table.indexes); !read) return read;
    if (auto read = read_foreign_keys(database, table); !read) return read;
    if (table.is_view) return {};
    if (auto read = sample(database, table); !read) return read;
    return count(database, table);
}

}  // namespace

Result<table::Catalogue> read_catalogue(Database& database, const table::CatalogueScope& scope) {
    table::Catalogue catalogue{.index_form = index_form};
    if (auto read = read_tables(database, scope, catalogue); !read) return std::unexpected(read.error());
    for (CatalogueTable& table : catalogue.tables)
        if (auto read = read_details(database, table); !read) return std::unexpected(read.error());
    return catalogue;
}

}  // namespace tributary::sqlite
