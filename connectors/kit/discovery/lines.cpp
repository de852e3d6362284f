#include <algorithm>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/discovery/proposal.hpp"
#include "core/model/entity.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueColumn;
using table::CatalogueTable;
using table::ForeignKey;
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// A parent, and the columns that lead to it.
struct Parent {
    StreamGuess* stream = nullptr;
    Pairs on = {};
    bool declared = false;
};

bool has_lines(const StreamGuess& stream) {
    const Entity* entity = catalogue().find(stream.entity);
    return entity != nullptr && entity->find("lines") != nullptr && !stream.key.columns.empty() && !stream.lines;
}

bool leads_to(const ForeignKey& key, const CatalogueTable& table) {
    return key.schema == table.schema && key.table == table.name;
}

Pairs pairs_of(const ForeignKey& key) {
    Pairs pairs;
    for (std::size_t i = 0; i < key.columns.size(); ++i) pairs.emplace_back(key.columns[i], key.targets[i]);
    return pairs;
}

bool readable(const Pairs& on, const CatalogueTable& child, const CatalogueTable& parent) {
    return std::ranges::all_of(on, [&](const auto& pair) {
        return child.column(pair.first) != nullptr && parent.column(pair.second) != nullptr;
    });
}

Parent declared_parent(const CatalogueTable& child, std::vector<StreamGuess>& streams) {
    for (const ForeignKey& key : child.foreign_keys)
        for (StreamGuess& stream : streams)
            if (has_lines(stream) && leads_to(key, *stream.table) && readable(pairs_of(key), child, *stream.table))
                return {&stream, pairs_of(key), true};
    return {};
}

/// `order_no` of `order_position`, where nobody declared anything.
Parent named_parent(const CatalogueTable& child, std::vector<StreamGuess>& streams) {
    const Meaning child_meaning = meaning_of(child.name);
    for (StreamGuess& stream : streams) {
        const std::string_view about = concept_of(stream.entity);
        if (!has_lines(stream) || stream.key.columns.size() != 1 || !child_meaning.has(about)) continue;
        const std::string& key = stream.key.columns.front();
        for (const CatalogueColumn& column : child.columns) {
            const Meaning meaning = meaning_of(column.name);
            const bool same = column.name == key && meaning.has(about);
            const bool names_it = meaning.unknown == 0 && meaning.has(about) && meaning.concepts.size() == 2 &&
                                  (meaning.has("id") || meaning.has("number") || meaning.has("code"));
            if ((same || names_it) && column.kind == stream.table->column(key)->kind)
                return {&stream, {{column.name, key}}, false};
        }
    }
    return {};
}

/// What tells a child from its siblings: the rest of a unique key that begins with its parent, or a key of its own.
std::vector<std::string> key_of(const CatalogueTable& child, const Pairs& on) {
    std::vector<std::string> own = guess_key(child).columns;
    std::vector<std::string> rest = own;
    for (const auto& [column, parent] : on) std::erase(rest, column);
    return rest.empty() ? own : rest;
}

bool has_index(const CatalogueTable& child, const Pairs& on) {
    return std::ranges::any_of(child.indexes, [&](const table::Facts::Index& index) {
        return index.columns.size() >= on.size() && std::ranges::all_of(on, [&](const auto& pair) {
                   const auto end = index.columns.begin() + static_cast<std::ptrdiff_t>(on.size());
                   return std::find(index.columns.begin(), end, pair.first) != end;
               });
    });
}

/// An include may not be called as a column is.
std::string include_name(const CatalogueTable& parent) {
    std::string name = "lines";
    while (std::ranges::any_of(parent.columns, [&](const CatalogueColumn& column) {
        return column.name == name || column.name.starts_with(name + ".");
    }))
        name += "_";
    return name;
}

void drop_fields_of_others(std::string_view entity, Content& content) {
    const auto& fields = catalogue().find(entity)->find("lines")->fields;
    std::erase_if(content.fields,
                  [&](const FieldGuess& each) { return find_field(fields, each.rule->field) == nullptr; });
}

std::optional<LinesGuess> lines_of(const CatalogueTable& child, const Parent& parent) {
    LinesGuess lines{.table = &child, .name = include_name(*parent.stream->table), .on = parent.on};
    lines.key = key_of(child, parent.on);
    std::vector<std::string> taken;
    for (const auto& [column, of_parent] : parent.on) taken.push_back(column);
    lines.content = guess_fields("line", child, taken);
    drop_fields_of_others(parent.stream->entity, lines.content);
    if (lines.key.empty() && lines.content.has("number")) {
        lines.key = {lines.content.find("number")->column->name};
        lines.notes.push_back("no unique key says that `key` tells one line from the next");
    }
    const bool says_something = std::ranges::any_of(
        lines.content.fields, [](const FieldGuess& each) { return each.rule->form != Form::money; });
    if (lines.key.empty() || !says_something) return std::nullopt;
    const auto watermarks = guess_watermarks(child);
    if (parent.stream->watermark() != nullptr && !watermarks.empty() && watermarks.front().says_changes)
        lines.watermark = watermarks.front();
    if (!parent.declared) lines.notes.push_back("no foreign key says that `on` is right");
    return lines;
}

bool looks_like_lines(const StreamGuess& stream) {
    const Meaning meaning = meaning_of(stream.table->name);
    if (meaning.has("line") || meaning.has("item")) return true;
    return stream.entity.empty() && guess_fields("line", *stream.table).has("quantity") &&
           named_as_reference("line", "product", *stream.table) != nullptr;
}

}  // namespace

void guess_lines(std::vector<StreamGuess>& streams) {
    for (StreamGuess& stream : streams) {
        const CatalogueTable& child = *stream.table;
        if (child.is_view || !child.readable || !looks_like_lines(stream)) continue;
        Parent parent = declared_parent(child, streams);
        if (parent.stream == nullptr && stream.entity.empty()) parent = named_parent(child, streams);
        if (parent.stream == nullptr || parent.stream == &stream) continue;
        parent.stream->lines = lines_of(child, parent);
        if (!parent.stream->lines) continue;
        if (!has_index(child, parent.on)) parent.stream->lines->unindexed = true;
        stream.entity.clear();
        stream.read_with = parent.stream->name;
    }
}

}  // namespace tributary::discovery
