#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/erpnext/connector.hpp"
#include "connectors/erpnext/reader.hpp"
#include "connectors/erpnext/stamps.hpp"
#include "connectors/kit/api/known_names.hpp"
#include "core/model/times.hpp"

namespace tributary::erpnext {
namespace {

/// More documents are not listed to see whether some are hidden.
constexpr std::int64_t most_compared = 50'000;

/// What `*` brings beside the doctype's fields: they change when somebody looks at a document or tags it.
constexpr std::array<std::string_view, 5> not_content{"_comments", "_assign", "_user_tags", "_liked_by", "_seen"};

std::string_view type_of(const Value& sample) {
    if (sample.kind == Kind::integer || sample.kind == Kind::decimal) return "number";
    if (sample.kind != Kind::text) return "";
    return read_stamp(sample.view()) || parse_day(sample.view()) ? "time" : "text";
}

bool is_missing(const Error& error) { return error.code == "not_found" || error.code == "no_right"; }

void add_field(std::string name, std::string_view type, api::Metadata& metadata) {
    if (metadata.field(name) == nullptr)
        metadata.fields.push_back({.name = std::move(name), .type = std::string(type)});
}

}  // namespace

/// A site tells a plain user what fields there are by a row with all of them. Where there is none, the doctype's own
/// description says it to a System Manager; of anybody else the stream's definition is believed, until a list is
/// refused.
Result<api::Metadata> DocumentReader::describe(const std::string& object, std::stop_token stop) {
    ListQuery query{.doctype = object, .parent = parent_of(object), .fields = {"*"}};
    query.order_by = "name asc";
    query.length = 1;
    Arena arena;
    std::vector<Value> rows;
    api::Metadata metadata{.found = true};
    const auto asked = site_.list(query, {.rows = 1, .bytes = no_limit}, rows, arena, stop);
    if (!asked && !is_missing(asked.error())) return std::unexpected(asked.error());
    metadata.found = asked || asked.error().code != "not_found";
    metadata.readable = asked || asked.error().code != "no_right";
    if (!metadata.found) {
        auto others = site_names("DocType", stop);
        metadata.others = others ? std::move(*others) : api::names_read(ready_mappings(), "doctype");
    }
    if (!asked) return metadata;
    for (const Value& row : rows)
        for (std::size_t i = 0; i < row.object->size(); ++i)
            if (std::ranges::find(not_content, row.object->shape->names[i]) == not_content.end())
                add_field(row.object->shape->names[i], type_of(row.object->values[i]), metadata);
    bool told = !rows.empty();
    if (!told || wants_targets(object)) {
        const auto described = add_described_fields(object, metadata, stop);
        if (!described) return std::unexpected(described.error());
        told = told || *described;
    }
    add_own_fields(object, !told, metadata);
    return metadata;
}

/// Whose child table a doctype is, which a list of it must say; empty: it is none.
std::string DocumentReader::parent_of(const std::string& doctype) const {
    if (doctype == definition().table) return documents_.parent;
    for (const table::Include& include : definition().includes) {
        if (include.table != doctype && !(include.table.empty() && !include.field.empty())) continue;
        if (!include.field.empty()) return definition().table;
        if (!include.on.empty() && include.on.front().first == "parent")
            return documents_.parent.empty() ? definition().table : documents_.parent;
    }
    return {};
}

/// An include that does not name its doctype: the field's description does.
bool DocumentReader::wants_targets(const std::string& doctype) const {
    return doctype == definition().table && std::ranges::any_of(definition().includes, [](const auto& include) {
               return !include.field.empty() && include.table.empty();
           });
}

/// False: the user may not read descriptions.
Result<bool> DocumentReader::add_described_fields(const std::string& doctype, api::Metadata& metadata,
                                                  std::stop_token stop) {
    for (const bool custom : {false, true}) {
        ListQuery query{.doctype = custom ? "Custom Field" : "DocField",
                        .parent = custom ? "" : "DocType",
                        .fields = {"fieldname", "fieldtype", "options"},
                        .order_by = "name asc"};
        query.filters.add(custom ? "dt" : "parent", "=", doctype);
        const Plan plan = plan_of(query.fields, {});
        Arena arena;
        const auto rows = list(query, plan, {.rows = no_limit, .bytes = no_limit}, arena, stop);
        if (!rows && is_missing(rows.error())) return false;
        if (!rows) return std::unexpected(rows.error());
        for (const Value* const row : rows->values) {
            if (!row[0].has_text() || !row[1].has_text()) continue;
            const bool table = row[1].view() == "Table" || row[1].view() == "Table MultiSelect";
            if (!table && metadata.field(row[0].view()) != nullptr) continue;
            api::Field field{.name = std::string(row[0].view())};
            if (table && row[2].has_text()) field.target = row[2].view();
            if (table) field.inverse = "parent";
            metadata.fields.push_back(std::move(field));
        }
    }
    for (const char* const name : {"name", "creation", "modified", "owner", "modified_by", "docstatus", "idx", "parent",
                                   "parenttype", "parentfield"})
        add_field(name, "", metadata);
    return true;
}

/// What the stream itself says there is: joined columns, the tables of its includes, and all it reads where nobody else
/// says anything (`trusting`).
void DocumentReader::add_own_fields(const std::string& doctype, bool trusting, api::Metadata& metadata) const {
    const auto trust = [&](const std::vector<std::string>& columns) {
        for (const std::string& column : columns)
            if (trusting) add_field(column, "", metadata);
    };
    if (doctype == definition().table) {
        for (const Join& join : joins_) add_field(join.name, "joined", metadata);
        for (const table::Include& include : definition().includes) {
            if (include.field.empty() || include.table.empty()) continue;
            std::erase_if(metadata.fields, [&](const api::Field& field) { return field.name == include.field; });
            metadata.fields.push_back({.name = include.field, .target = include.table, .inverse = "parent"});
        }
        trust(definition().key);
        if (definition().watermark) trust({definition().watermark->column});
        trust(definition().columns);
    }
    for (const table::Include& include : definition().includes) {
        if (include.table != doctype && !include.table.empty()) continue;
        for (const Join& join : documents_.joins_of(include.name)) add_field(join.name, "joined", metadata);
        for (const auto& [child, parent] : include.on) trust({child});
        trust({"parent", "idx"});
        trust(include.key);
        trust(include.columns);
    }
}

Result<std::vector<std::string>> DocumentReader::site_names(const std::string& doctype, std::stop_token stop) {
    ListQuery query{.doctype = doctype, .fields = {"name"}, .order_by = "name asc"};
    const Plan plan = plan_of(query.fields, {});
    Arena arena;
    const auto rows = list(query, plan, {.rows = no_limit, .bytes = no_limit}, arena, std::move(stop));
    if (!rows) return std::unexpected(rows.error());
    std::vector<std::string> names;
    for (const Value* const row : rows->values)
        if (row[0].has_text()) names.emplace_back(row[0].view());
    return names;
}

Result<table::Facts> DocumentReader::facts(const table::Definition& asked, std::stop_token stop) {
    auto facts = api::ApiReader::facts(asked, stop);
    if (!facts || !facts->found || !facts->readable) return facts;
    if (auto added = add_dateless(*facts, stop); !added) return std::unexpected(added.error());
    if (auto added = add_unjoinable(*facts, stop); !added) return std::unexpected(added.error());
    if (auto added = add_restricted(*facts, std::move(stop)); !added) return std::unexpected(added.error());
    return facts;
}

/// Held against a date, a value that is none would match every row, without an error.
Result<void> DocumentReader::add_dateless(table::Facts& facts, std::stop_token stop) {
    const auto metadata = known(definition().table, std::move(stop));
    if (!metadata) return std::unexpected(metadata.error());
    for (const std::string& text : documents_.where) {
        rapidjson::Document term;
        term.Parse(text);
        if (term.Size() != 3 || !term[2].IsString()) continue;
        const std::string field = term[0].GetString();
        const std::string_view sign = term[1].GetString();
        const std::string_view value(term[2].GetString(), term[2].GetStringLength());
        const api::Field* const known_field = (*metadata)->field(field);
        const bool is_time = known_field != nullptr && known_field->type == "time";
        if (!is_time || sign == "is" || sign.contains("like") || sign == "timespan") continue;
        if (read_stamp(value) || parse_day(value)) continue;
        facts.others.push_back({Severity::error, definition().where,
                                "'" + std::string(value) + "' is no date as Frappe reads one (2026-01-31, 2026-01-31 " +
                                    "10:00:00): '" + field + "' would match every row"});
    }
    return {};
}

/// What is joined comes from doctypes with rights of their own.
Result<void> DocumentReader::add_unjoinable(table::Facts& facts, std::stop_token stop) {
    for (const Join& join : documents_.joins) {
        const std::vector<std::string> fields{"name", join.take};
        ListQuery query{.doctype = join.doctype, .order_by = "name asc"};
        query.length = 1;
        const Plan plan = plan_of(fields, {});
        query.fields = plan.asked;
        Arena arena;
        const auto tried = list(query, plan, {.rows = no_limit, .bytes = no_limit}, arena, stop);
        if (tried) continue;
        if (tried.error().verdict == Verdict::retry) return std::unexpected(tried.error());
        facts.others.push_back({Severity::error, join.name, "join '" + join.name + "': " + tried.error().what});
    }
    return {};
}

/// Lists leave out what User Permissions hide, and say nothing.
Result<void> DocumentReader::add_restricted(table::Facts& facts, std::stop_token stop) {
    const auto there = site_.count(definition().table, documents_.filters(), stop);
    if (!there) return std::unexpected(there.error());
    if (*there > most_compared) return {};
    ListQuery query{.doctype = definition().table,
                    .parent = documents_.parent,
                    .fields = {"name"},
                    .filters = documents_.filters(),
                    .order_by = "name asc"};
    const Plan plan = plan_of(query.fields, {});
    Arena arena;
    const auto shown = list(query, plan, {.rows = no_limit, .bytes = no_limit}, arena, stop);
    if (!shown) return std::unexpected(shown.error());
    const auto still = site_.count(definition().table, documents_.filters(), std::move(stop));
    if (!still) return std::unexpected(still.error());
    const std::int64_t hidden = std::min(*there, *still) - static_cast<std::int64_t>(shown->values.size());
    if (hidden > 0)
        facts.others.push_back({Severity::warning, "",
                                std::to_string(hidden) + " of " + std::to_string(*there) + " rows of " +
                                    definition().table +
                                    " are hidden from the user, by User Permissions, without an error: they are not "
                                    "published"});
    return {};
}

}  // namespace tributary::erpnext
