#include <fmt/format.h>

#include <utility>

#include "connectors/postgres/reader.hpp"

namespace tributary::postgres {
namespace {

/// Partial indexes and those on expressions help nobody here; `indnkeyatts` leaves out included columns.
std::string facts_statements(const std::string& table, bool qualified) {
    const std::string oid = "to_regclass(" + table + ")";
    return "select relkind in ('r', 'p', 'm'), has_any_column_privilege(oid, 'select') from pg_class where oid = " +
           oid + "; select attname, not attnotnull from pg_attribute where attrelid = " + oid +
           " and attnum > 0 and not attisdropped order by attnum"
           "; select i.indexrelid, i.indisunique, a.attname from pg_index i, unnest(i.indkey) with ordinality as "
           "k(number, place) join pg_attribute a on a.attnum = k.number where i.indrelid = " +
           oid + " and a.attrelid = " + oid +
           " and i.indisvalid and i.indpred is null and i.indexprs is null and k.place <= i.indnkeyatts "
           "order by 1, k.place; select " +
           (qualified ? "n.nspname || '.' || c.relname" : "c.relname") +
           " from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'm', 'v', "
           "'f') "
           "and n.nspname not in ('pg_catalog', 'information_schema') and has_any_column_privilege(c.oid, 'select')" +
           (qualified ? "" : " and pg_table_is_visible(c.oid)") + " limit 10000";
}

table::Facts read_facts(const std::vector<Rows>& rows) {
    table::Facts facts;
    facts.found = rows.at(0).size() == 1;
    facts.has_indexes = facts.found && rows.at(0).flag(0, 0);
    facts.readable = facts.found && rows.at(0).flag(0, 1);
    for (int i = 0; i < rows.at(1).size(); ++i)
        facts.columns.push_back({std::string(rows.at(1).text(i, 0)), rows.at(1).flag(i, 1)});
    std::string_view last;
    for (int i = 0; i < rows.at(2).size(); ++i) {
        if (rows.at(2).text(i, 0) != last) facts.indexes.push_back({{}, rows.at(2).flag(i, 1)});
        last = rows.at(2).text(i, 0);
        facts.indexes.back().columns.emplace_back(rows.at(2).text(i, 2));
    }
    for (int i = 0; i < rows.at(3).size(); ++i) facts.tables.emplace_back(rows.at(3).text(i, 0));
    return facts;
}

}  // namespace

Result<table::Facts> PostgresReader::table_facts(const std::string& table, std::stop_token stop) {
    if (auto connected = connect(stop); !connected) return std::unexpected(connected.error());
    PostgresWriter sql(*connection_);
    const std::string name = table::table_name(table, sql);
    const bool qualified = table.find('.') != std::string::npos;
    const auto rows = connection_->query(facts_statements(connection_->literal(name), qualified), std::move(stop));
    if (!rows) return std::unexpected(rows.error());
    return read_facts(*rows);
}

Result<table::Facts> PostgresReader::facts(const table::Definition& definition, std::stop_token stop) {
    if (definition.query.empty()) return table_facts(definition.table, std::move(stop));
    if (auto connected = connect(stop); !connected) return std::unexpected(connected.error());
    PostgresWriter sql(*connection_);
    const auto columns = describe(table::relation(definition, sql), std::move(stop));
    if (!columns) return std::unexpected(columns.error());
    table::Facts facts;
    facts.found = true;
    facts.has_indexes = false;
    for (const ResultColumn& column : *columns) facts.columns.push_back({column.name});
    return facts;
}

Result<table::Facts> PostgresReader::facts(const table::Include& include, std::stop_token stop) {
    return table_facts(include.table, std::move(stop));
}

/// Types of a query as well: the server describes it, and spells what it described.
Result<std::vector<table::ColumnType>> PostgresReader::columns(std::optional<std::size_t> include,
                                                               std::stop_token stop) {
    PostgresWriter sql(*connection_);
    const std::string relation =
        include ? table::table_name(definition_.includes[*include].table, sql) : table::relation(definition_, sql);
    const auto described = describe(relation, stop);
    if (!described && described.error().code == "undefined_table") return std::vector<table::ColumnType>{};
    if (!described) return std::unexpected(described.error());
    std::string types;
    for (const ResultColumn& column : *described)
        types += fmt::format("{}({}::oid, {})", types.empty() ? "" : ", ", column.type, column.modifier);
    if (types.empty()) return std::vector<table::ColumnType>{};
    const auto spelled =
        connection_->query("select format_type(t, m) from (values " + types + ") as v(t, m)", std::move(stop));
    if (!spelled) return std::unexpected(spelled.error());
    std::vector<table::ColumnType> columns;
    for (int i = 0; i < spelled->at(0).size(); ++i)
        columns.push_back({described->at(static_cast<std::size_t>(i)).name, std::string(spelled->at(0).text(i, 0))});
    return columns;
}

}  // namespace tributary::postgres
