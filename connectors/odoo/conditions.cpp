#include <algorithm>
#include <utility>

#include "connectors/odoo/reader.hpp"
#include "core/model/json_text.hpp"

/// What a question asks for, as domains.

namespace tributary::odoo {
namespace {

/// A value's canonical text as JSON for a field of this kind; nothing where the field cannot hold it.
std::optional<std::string> json_of(FieldKind kind, const std::string& text) {
    switch (kind) {
        case FieldKind::integer:
        case FieldKind::many2one:
        case FieldKind::many:
            return json_integer(text);
        case FieldKind::text:
            return json_text(text);
        default:
            return std::nullopt;
    }
}

}  // namespace

/// An include's rows are named from the parent: `order_line` of an order, or the many2one whose id they have.
Result<std::string> OdooReader::way_to(const table::Include& include) const {
    if (!include.field.empty()) return include.field;
    const std::string& model = object_of(include);
    const auto fields = models_.find(definition().table);
    if (include.on.size() == 1 && fields != models_.end()) {
        const auto& [child, parent] = include.on.front();
        for (const auto& [name, field] : fields->second) {
            // one that is computed leads there as well, and cannot be filtered by
            if (field.relation != model || !field.stored) continue;
            if (child == "id" ? name == parent : parent == "id" && field.inverse == child) return name;
        }
    }
    return fail(Verdict::stop, "bad_include",
                "include '" + include.name + "': no field of " + definition().table + " leads to " + model +
                    ", so that its rows cannot be followed: leave its watermark out");
}

Result<Domain> OdooReader::values_of(const std::string& model, const std::string& prefix,
                                     std::span<const std::string> columns,
                                     std::span<const std::vector<std::string>> rows) const {
    std::vector<FieldKind> kinds;
    for (const std::string& column : columns) {
        const Field* const field = field_of(model, column);
        if (field == nullptr) return fail(Verdict::stop, "undefined_column", "no field '" + column + "' in " + model);
        kinds.push_back(field->kind);
    }
    std::vector<std::string> single;
    std::vector<Domain> several;
    for (const std::vector<std::string>& row : rows) {
        Domain all;
        bool can_be_held = true;
        for (std::size_t i = 0; can_be_held && i < columns.size(); ++i) {
            const auto json = json_of(kinds[i], row[i]);
            can_be_held = json.has_value();
            if (!can_be_held) break;
            if (columns.size() == 1) single.push_back(*json);
            all.add(prefix + columns[i], "=", *json);
        }
        if (can_be_held) several.push_back(std::move(all));
    }
    Domain domain;
    if (columns.size() == 1)
        domain.add_in(prefix + columns.front(), single);
    else
        domain.add_any(several);
    return domain;
}

Result<Domain> OdooReader::domain_of(const walk::Sought& sought) const {
    std::vector<std::string> columns;
    for (const auto& column : sought.columns) columns.push_back(column.name);
    if (!sought.include) return values_of(definition().table, "", columns, sought.values);
    const table::Include& include = definition().includes.at(*sought.include);
    const auto way = way_to(include);
    if (!way) return std::unexpected(way.error());
    return values_of(object_of(include), *way + ".", columns, sought.values);
}

Result<Domain> OdooReader::domain_of(const api::Question& question) const {
    Domain domain = where_;
    if (!question.behind.empty()) domain.add("id", ">", json_integer(question.behind.front().text).value_or("0"));
    if (question.since) {
        std::string stamp;
        if (question.touched != nullptr) {
            const auto way = way_to(*question.touched);
            if (!way) return std::unexpected(way.error());
            stamp = *way + "." + question.touched->watermark->column;
        } else {
            stamp = definition().watermark->column;
        }
        // whole seconds and `>=`: versions differ in what `>` makes of the second itself
        domain.add(stamp, ">=", json_moment(*question.since));
    }
    if (!question.keys.empty()) {
        std::vector<std::string> ids;
        for (const auto& key : question.keys)
            if (const auto id = json_integer(key.front())) ids.push_back(*id);
        domain.add_in("id", ids);
    }
    for (const walk::Sought& sought : question.sought) {
        const auto sought_in = domain_of(sought);
        if (!sought_in) return std::unexpected(sought_in.error());
        domain.add(*sought_in);
    }
    return domain;
}

}  // namespace tributary::odoo
