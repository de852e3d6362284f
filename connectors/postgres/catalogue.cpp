#include "connectors/postgres/catalogue.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tributary::postgres {
namespace {

using TablesByOid = std::map<std::string, table::CatalogueTable*, std::less<>>;

/// What `relations` chooses: not the system's, not what came with an extension, not the parts of a partitioned table.
constexpr std::string_view relations =
    "pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'm', 'v', 'f') and not "
    "c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and not exists (select 1 from "
    "pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')";

std::string tables_statements() {
    return "select current_database(), current_setting('TimeZone'); select c.oid, n.nspname, c.relname, not "
           "pg_table_is_visible(c.oid), c.relkind in ('v', 'f'), has_schema_privilege(n.oid, 'usage') and "
           "has_any_column_privilege(c.oid, 'select'), c.reltuples::bigint from " +
           std::string(relations) + " order by n.nspname, c.relname";
}

/// The category of a domain is that of the type below it; an enum is text, an array is nothing to guess from.
std::string columns_statement(const std::string& oids) {
    return "select a.attrelid, a.attname, coalesce(b.typname, t.typname), format_type(a.atttypid, a.atttypmod), not "
           "(a.attnotnull or t.typnotnull), a.atthasdef or a.attidentity <> '' from pg_attribute a join pg_type t on "
           "t.oid = a.atttypid left join pg_type b on b.oid = t.typbasetype where a.attnum > 0 and not a.attisdropped "
           "and has_column_privilege(a.attrelid, a.attnum, 'select') and a.attrelid in (" +
           oids + ") order by a.attrelid, a.attnum";
}

/// As facts.cpp reads them: partial indexes and those on expressions help nobody here.
std::string indexes_statement(const std::string& oids) {
    return "select i.indrelid, i.indexrelid, i.indisprimary, i.indisunique, a.attname from pg_index i, "
           "unnest(i.indkey) with ordinality as k(number, place), pg_attribute a where a.attrelid = i.indrelid and "
           "a.attnum = k.number and i.indisvalid and i.indpred is null and i.indexprs is null and k.place <= "
           "i.indnkeyatts and i.indrelid in (" +
           oids + ") order by 1, 2, k.place";
}

std::string foreign_keys_statement(const std::string& oids) {
    return "select f.conrelid, f.oid, n.nspname, c.relname, a.attname, b.attname from pg_constraint f join pg_class c "
           "on c.oid = f.confrelid join pg_namespace n on n.oid = c.relnamespace, unnest(f.conkey, f.confkey) with "
           "ordinality as k(source, target, place), pg_attribute a, pg_attribute b where f.contype = 'f' and "
           "f.conparentid = 0 and a.attrelid = f.conrelid and a.attnum = k.source and b.attrelid = f.confrelid and "
           "b.attnum = k.target and f.conrelid in (" +
           oids + ") order by 1, 2, k.place";
}

table::ColumnKind kind_of(std::string_view type) {
    using table::ColumnKind;
    static constexpr std::pair<std::string_view, ColumnKind> types[] = {{"int2", ColumnKind::integer},
                                                                        {"int4", ColumnKind::integer},
                                                                        {"int8", ColumnKind::integer},
                                                                        {"numeric", ColumnKind::decimal},
                                                                        {"float4", ColumnKind::real},
                                                                        {"float8", ColumnKind::real},
                                                                        {"bool", ColumnKind::boolean},
                                                                        {"date", ColumnKind::date},
                                                                        {"timestamptz", ColumnKind::instant},
                                                                        {"uuid", ColumnKind::text},
                                                                        {"timestamp", ColumnKind::local_time},
                                                                        {"text", ColumnKind::text},
                                                                        {"varchar", ColumnKind::text},
                                                                        {"bpchar", ColumnKind::text},
                                                                        {"name", ColumnKind::text},
                                                                        {"citext", ColumnKind::text}};
    const auto found = std::ranges::find(types, type, &std::pair<std::string_view, ColumnKind>::first);
    return found == std::end(types) ? ColumnKind::other : found->second;
}

void add_columns(const Rows& rows, const TablesByOid& tables) {
    for (int i = 0; i < rows.size(); ++i)
        tables.find(rows.text(i, 0))
            ->second->columns.push_back({.name = std::string(rows.text(i, 1)),
                                         .kind = kind_of(rows.text(i, 2)),
                                         .type = std::string(rows.text(i, 3)),
                                         .nullable = rows.flag(i, 4),
                                         .has_default = rows.flag(i, 5)});
}

void add_indexes(const Rows& rows, const TablesByOid& tables) {
    std::string_view last;
    for (int i = 0; i < rows.size(); ++i) {
        table::CatalogueTable& table = *tables.find(rows.text(i, 0))->second;
        if (rows.text(i, 1) != last) table.indexes.push_back({{}, rows.flag(i, 3)});
        last = rows.text(i, 1);
        table.indexes.back().columns.emplace_back(rows.text(i, 4));
        if (rows.flag(i, 2)) table.primary_key.emplace_back(rows.text(i, 4));
    }
}

void add_foreign_keys(const Rows& rows, const TablesByOid& tables) {
    std::string_view last;
    for (int i = 0; i < rows.size(); ++i) {
        auto& keys = tables.find(rows.text(i, 0))->second->foreign_keys;
        if (rows.text(i, 1) != last)
            keys.push_back({.columns = {},
                            .schema = std::string(rows.text(i, 2)),
                            .table = std::string(rows.text(i, 3)),
                            .targets = {}});
        last = rows.text(i, 1);
        keys.back().columns.emplace_back(rows.text(i, 4));
        keys.back().targets.emplace_back(rows.text(i, 5));
    }
}

/// Never analysed, or small: what a bounded count costs is known.
Result<void> count(Connection& connection, table::CatalogueTable& table, std::int64_t estimate,
                   const std::stop_token& stop) {
    if (!table.readable || table.is_view) return {};
    table.rows = {estimate, false};
    if (estimate > table::most_counted) return {};
    const auto rows = connection.query("select count(*) from (select 1 from " + connection.identifier(table.schema) +
                                           "." + connection.identifier(table.name) + " limit " +
                                           std::to_string(table::most_counted + 1) + ") as counted",
                                       stop);
    if (!rows && (stop.stop_requested() || !connection.usable())) return std::unexpected(rows.error());
    // A table that is locked, or whose policy refuses, is told without its size.
    table.rows.reset();
    if (!rows) return {};
    const std::int64_t counted = rows->at(0).integer(0, 0);
    table.rows = {counted, counted <= table::most_counted};
    return {};
}

}  // namespace

Result<table::Catalogue> read_catalogue(Connection& connection, const table::CatalogueScope& scope,
                                        std::stop_token stop) {
    const auto found = connection.query(tables_statements(), stop);
    if (!found) return std::unexpected(found.error());
    table::Catalogue catalogue{.database = std::string(found->at(0).text(0, 0)),
                               .time_zone = std::string(found->at(0).text(0, 1))};
    const Rows& rows = found->at(1);
    std::vector<std::pair<std::string, std::int64_t>> chosen;
    for (int i = 0; i < rows.size(); ++i) {
        if (!scope.wants(rows.text(i, 1), rows.text(i, 2))) continue;
        catalogue.tables.push_back({.schema = std::string(rows.text(i, 1)),
                                    .name = std::string(rows.text(i, 2)),
                                    .needs_schema = rows.flag(i, 3),
                                    .is_view = rows.flag(i, 4),
                                    .readable = rows.flag(i, 5)});
        chosen.emplace_back(rows.text(i, 0), rows.integer(i, 6));
    }
    if (chosen.empty()) return catalogue;
    TablesByOid tables;
    std::string oids;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        tables[chosen[i].first] = &catalogue.tables[i];
        oids += (i == 0 ? "" : ", ") + chosen[i].first;
    }
    const auto details = connection.query(
        columns_statement(oids) + "; " + indexes_statement(oids) + "; " + foreign_keys_statement(oids), stop);
    if (!details) return std::unexpected(details.error());
    add_columns(details->at(0), tables);
    add_indexes(details->at(1), tables);
    add_foreign_keys(details->at(2), tables);
    for (std::size_t i = 0; i < chosen.size(); ++i)
        if (auto counted = count(connection, catalogue.tables[i], chosen[i].second, stop); !counted)
            return std::unexpected(counted.error());
    return catalogue;
}

}  // namespace tributary::postgres
