#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/kit/discovery/proposal.hpp"
#include "core/model/entity.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueColumn;
using table::CatalogueTable;
using table::ForeignKey;

/// Who refers to what: `entity` is `line` for lines.
struct Question {
    std::string_view entity;
    const Field& field;
    const CatalogueTable& table;
};

/// The foreign key's columns in the order of the stream's key; empty: it points to something else.
std::vector<std::string> columns_to(const StreamGuess& stream, const ForeignKey& key) {
    if (key.schema != stream.table->schema || key.table != stream.table->name) return {};
    if (key.targets.size() != stream.key.columns.size()) return {};
    std::vector<std::string> columns;
    for (const std::string& target : stream.key.columns) {
        const auto at = std::ranges::find(key.targets, target);
        if (at == key.targets.end()) return {};
        columns.push_back(key.columns[static_cast<std::size_t>(at - key.targets.begin())]);
    }
    return columns;
}

/// Two foreign keys may lead to one table (who ordered, who pays): the one that is named plainly counts.
std::optional<ReferenceGuess> by_foreign_key(const Question& asked, const std::vector<StreamGuess>& streams,
                                             const CatalogueColumn* named) {
    std::optional<ReferenceGuess> found;
    for (const ForeignKey& key : asked.table.foreign_keys)
        for (const StreamGuess& stream : streams) {
            if (!stream.runs() || stream.entity != asked.field.reference) continue;
            auto columns = columns_to(stream, key);
            const bool readable = std::ranges::all_of(
                columns, [&](const std::string& column) { return asked.table.column(column) != nullptr; });
            if (columns.empty() || !readable) continue;
            const bool plain = named != nullptr && std::ranges::find(columns, named->name) != columns.end();
            if (!found || plain)
                found = ReferenceGuess{asked.field.name, stream.entity, stream.space, std::move(columns), ""};
            if (plain) return found;
        }
    return found;
}

bool leads_elsewhere(const CatalogueTable& table, const std::string& column) {
    return std::ranges::any_of(table.foreign_keys, [&](const ForeignKey& key) {
        return std::ranges::find(key.columns, column) != key.columns.end();
    });
}

bool alike(table::ColumnKind one, table::ColumnKind other) {
    using table::ColumnKind;
    const auto is_number = [](ColumnKind each) { return each == ColumnKind::integer || each == ColumnKind::decimal; };
    return one == other || (is_number(one) && is_number(other));
}

std::optional<ReferenceGuess> by_name(const Question& asked, const std::vector<StreamGuess>& streams,
                                      const CatalogueColumn& named) {
    for (const StreamGuess& stream : streams) {
        if (!stream.runs() || stream.entity != asked.field.reference || !stream.space.empty()) continue;
        if (stream.key.columns.size() != 1 || leads_elsewhere(asked.table, named.name)) continue;
        const std::string& key = stream.key.columns.front();
        if (!alike(named.kind, stream.table->column(key)->kind)) continue;
        return ReferenceGuess{asked.field.name,
                              stream.entity,
                              "",
                              {named.name},
                              fmt::format("no foreign key says so: is it {} of {}?", key, stream.table->spelled())};
    }
    if (!asked.field.required) return std::nullopt;
    return ReferenceGuess{asked.field.name,
                          asked.field.reference,
                          "",
                          {named.name},
                          fmt::format("no stream here makes a {} with this key", asked.field.reference)};
}

void fill(std::string_view entity, std::span<const Field> fields, const CatalogueTable& table,
          const std::vector<StreamGuess>& streams, Content& content) {
    for (const Field& field : fields) {
        if (field.type != FieldType::reference) continue;
        const Question asked{entity, field, table};
        const CatalogueColumn* named = named_as_reference(entity, field.name, table);
        auto found = by_foreign_key(asked, streams, named);
        if (!found && named != nullptr) found = by_name(asked, streams, *named);
        if (found) content.references.push_back(std::move(*found));
    }
}

}  // namespace

void guess_references(std::vector<StreamGuess>& streams) {
    for (StreamGuess& stream : streams) {
        const Entity* entity = catalogue().find(stream.entity);
        if (entity == nullptr) continue;
        fill(stream.entity, entity->fields, *stream.table, streams, stream.content);
        if (stream.lines)
            fill("line", entity->find("lines")->fields, *stream.lines->table, streams, stream.lines->content);
    }
}

}  // namespace tributary::discovery
