#include "connectors/kit/table/statement.hpp"

#include <algorithm>
#include <iterator>

namespace tributary::table {
namespace {

std::string joined(std::span<const std::string> parts, std::string_view separator) {
    std::string text;
    for (const std::string& part : parts) {
        if (!text.empty()) text += separator;
        text += part;
    }
    return text;
}

std::string tuple(std::span<const std::string> parts) {
    return parts.size() == 1 ? parts.front() : "(" + joined(parts, ", ") + ")";
}

/// `r."id" in ('1', '2')`, or for keys of several columns `(r."a" in ('1') and r."b" in ('x')) or …`.
std::string key_condition(const Selection& selection, const std::vector<std::vector<std::string>>& keys,
                          SqlWriter& sql) {
    const auto among = [&](std::size_t column, const std::vector<std::string>& values) {
        return "r." + sql.identifier(selection.columns[column]) + " in (" + joined(values, ", ") + ")";
    };
    std::vector<std::string> choices;
    for (const auto& key : keys) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < key.size(); ++i) {
            const auto values = sql.spellings(key[i], i);
            if (selection.key_size > 1)
                parts.push_back(among(i, values));
            else
                choices.insert(choices.end(), values.begin(), values.end());
        }
        if (selection.key_size > 1) choices.push_back("(" + joined(parts, " and ") + ")");
    }
    return selection.key_size > 1 ? "(" + joined(choices, " or ") + ")" : among(0, choices);
}

/// `r."id" in (select c."order_id" from "line" as c where `
std::string parents_among(const Include& include, SqlWriter& sql) {
    std::vector<std::string> parents, children;
    for (const auto& [child, parent] : include.on) {
        parents.push_back("r." + sql.identifier(parent));
        children.push_back("c." + sql.identifier(child));
    }
    return tuple(parents) + " in (select " + joined(children, ", ") + " from " + table_name(include.table, sql) +
           " as c where ";
}

/// `r."id" in (select c."order_id" from "line" as c where c."updated_at" >= …)`
std::string touched_condition(const Include& include, std::size_t whose, std::int64_t from, SqlWriter& sql) {
    return parents_among(include, sql) +
           sql.stamped("c." + sql.identifier(include.watermark->column), ">=", from, whose) + ")";
}

/// `((alias."a" in ('x') and alias."b" in ('y')) or …)`, of a single column `alias."a" in ('x', 'y')`.
std::string values_condition(const walk::Sought& sought, std::string_view alias, SqlWriter& sql) {
    const std::size_t whose = sought.include ? SqlWriter::of_include(*sought.include) : SqlWriter::own;
    const auto among = [&](std::size_t i, std::span<const std::string> texts) {
        const auto& [name, index] = sought.columns[i];
        return sql.among(std::string(alias) + sql.identifier(name), texts, index, whose);
    };
    if (sought.columns.size() == 1) {
        std::vector<std::string> texts;
        for (const auto& value : sought.values) texts.push_back(value.front());
        return among(0, texts);
    }
    std::vector<std::string> choices;
    for (const auto& value : sought.values) {
        std::vector<std::string> parts;
        for (std::size_t i = 0; i < value.size(); ++i) parts.push_back(among(i, std::span(value).subspan(i, 1)));
        choices.push_back("(" + joined(parts, " and ") + ")");
    }
    return "(" + joined(choices, " or ") + ")";
}

std::string sought_condition(const Definition& definition, const walk::Sought& sought, SqlWriter& sql) {
    if (!sought.include) return values_condition(sought, "r.", sql);
    const Include& include = definition.includes[*sought.include];
    return parents_among(include, sql) + values_condition(sought, "c.", sql) + ")";
}

/// The first column's bound is what every planner finds an index's end by.
void add_until(const walk::PageRequest& request, const std::vector<std::string>& order, SqlWriter& sql,
               std::vector<std::string>& all) {
    all.push_back(order.front() + " <= " + sql.value(request.until.front()));
    if (request.until.size() == 1) return;
    std::vector<std::string> values;
    for (const walk::Mark& mark : request.until) values.push_back(sql.value(mark));
    all.push_back("not (" + sql.behind(order, values) + ")");
}

std::vector<std::string> conditions(const Definition& definition, const Selection& selection,
                                    const walk::PageRequest& request, const std::vector<std::string>& order,
                                    SqlWriter& sql) {
    std::vector<std::string> all;
    if (!request.keys.empty()) all.push_back(key_condition(selection, request.keys, sql));
    for (const walk::Sought& sought : request.sought) all.push_back(sought_condition(definition, sought, sql));
    if (request.touched_by) {
        const std::size_t include = definition.followed().at(*request.touched_by);
        all.push_back(touched_condition(definition.includes[include], SqlWriter::of_include(include),
                                        request.from.value_or(0), sql));
    } else if (request.from) {
        all.push_back(sql.stamped(order.front(), request.from_inclusive ? ">=" : ">", *request.from, SqlWriter::own));
    }
    if (!request.after.empty()) {
        const std::size_t compared = request.after_with_key ? order.size() : 1;
        std::vector<std::string> values;
        for (std::size_t i = 0; i < compared; ++i) values.push_back(sql.value(request.after[i]));
        all.push_back(sql.behind(std::span(order).first(compared), values));
    }
    if (!request.until.empty()) add_until(request, order, sql, all);
    std::vector<std::string> nulls;
    for (std::size_t i = 0; i < selection.key_size; ++i)
        nulls.push_back("r." + sql.identifier(selection.columns[i]) + (request.keyless ? " is null" : " is not null"));
    all.push_back(request.keyless ? "(" + joined(nulls, " or ") + ")" : joined(nulls, " and "));
    return all;
}

}  // namespace

std::string SqlWriter::behind(std::span<const std::string> columns, std::span<const std::string> values) {
    return tuple(columns) + " > " + tuple(values);
}

std::string SqlWriter::among(const std::string& column, std::span<const std::string> texts, std::size_t index,
                             std::size_t /*whose*/) {
    std::vector<std::string> values;
    for (const std::string& text : texts) std::ranges::move(spellings(text, index), std::back_inserter(values));
    return in_list(column, values);
}

std::string SqlWriter::in_list(const std::string& column, std::span<const std::string> values) {
    return values.empty() ? "1 = 0" : column + " in (" + joined(values, ", ") + ")";
}

bool is_number_text(std::string_view text) {
    const auto take_digits = [&] {
        const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        text.remove_prefix(digits);
        return digits > 0;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    if (!take_digits()) return false;
    if (text.empty()) return true;
    const bool point = text.front() == '.';
    text.remove_prefix(1);
    return point && take_digits() && text.empty();
}

std::vector<std::string> name_parts(std::string_view table) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool doubled = quoted && table.substr(i, 2) == "\"\"";
        if (table[i] == '"' && !doubled)
            quoted = !quoted;
        else if (table[i] == '.' && !quoted)
            parts.emplace_back();
        else
            parts.back() += table[i];
        if (doubled) ++i;
    }
    return parts;
}

std::string name_part(std::string_view name) {
    if (!name.empty() && name.find_first_of(".\"") == std::string_view::npos) return std::string(name);
    std::string quoted(1, '"');
    for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
    return quoted + '"';
}

std::string table_name(std::string_view table, SqlWriter& sql) {
    std::vector<std::string> parts = name_parts(table);
    for (std::string& part : parts) part = sql.identifier(part);
    return joined(parts, ".");
}

namespace {

/// Somebody's SQL in parentheses. The line break ends a comment in its last line.
std::string enclosed(const std::string& written) {
    const std::size_t end = written.find_last_not_of("; \t\r\n");
    return "(" + written.substr(0, end == std::string::npos ? 0 : end + 1) + "\n)";
}

}  // namespace

/// The condition stands inside, so that no statement can forget it; every dialect merges such a subquery into the
/// statement around it and uses its indexes.
std::string relation(const Definition& definition, SqlWriter& sql) {
    std::string all = definition.query.empty() ? table_name(definition.table, sql) : enclosed(definition.query);
    if (definition.where.empty()) return all;
    const std::string named = definition.query.empty() ? all : all + " as q";
    return "(select * from " + named + " where " + enclosed(definition.where) + ")";
}

std::string column_list(std::span<const std::string> columns, SqlWriter& sql, std::string_view prefix) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < columns.size(); ++i)
        names.push_back(sql.output(std::string(prefix) + sql.identifier(columns[i]), i));
    return joined(names, ", ");
}

std::vector<std::string> page_order(const Selection& selection, const walk::PageRequest& request, SqlWriter& sql) {
    std::vector<std::string> columns;
    const auto add = [&](std::size_t i) {
        columns.push_back(sql.compared("r." + sql.identifier(selection.columns[i]), i));
    };
    if (request.by_watermark) add(*selection.watermark);
    for (std::size_t i = 0; i < selection.key_size; ++i) add(i);
    return columns;
}

std::string page_rows(const Definition& definition, const Selection& selection, const walk::PageRequest& request,
                      std::size_t rows, SqlWriter& sql) {
    const std::vector<std::string> order = page_order(selection, request, sql);
    return "from " + relation(definition, sql) + " as r where " +
           joined(conditions(definition, selection, request, order, sql), " and ") + " order by " +
           joined(order, ", ") + " limit " + std::to_string(rows);
}

std::string page_statement(const Definition& definition, const Selection& selection, const walk::PageRequest& request,
                           std::size_t rows, SqlWriter& sql) {
    return "select " + column_list(selection.columns, sql, "r.") + " " +
           page_rows(definition, selection, request, rows, sql);
}

std::string key_statement(const Definition& definition, const Selection& selection, const walk::PageRequest& request,
                          std::size_t rows, SqlWriter& sql) {
    return "select " + column_list(std::span(selection.columns).first(selection.listed), sql, "r.") + " " +
           page_rows(definition, selection, request, rows, sql);
}

}  // namespace tributary::table
