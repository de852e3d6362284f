#include "connectors/kit/discovery/proposal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/discovery/fold.hpp"
#include "core/model/entity.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueColumn;
using table::CatalogueTable;

bool is_named(const StreamGuess& stream, const Field& field) {
    if (stream.content.has(field.name)) return true;
    if (field.name == "name") return stream.content.has("first") || stream.content.has("last");
    return field.type == FieldType::reference &&
           named_as_reference(stream.entity, field.name, *stream.table) != nullptr;
}

bool leads_to_guessed(const CatalogueTable& table, const std::vector<StreamGuess>& streams) {
    return std::ranges::any_of(table.foreign_keys, [&](const table::ForeignKey& key) {
        return std::ranges::any_of(streams, [&](const StreamGuess& stream) {
            return !stream.entity.empty() && stream.table->schema == key.schema && stream.table->name == key.table;
        });
    });
}

/// Besides its name: what speaks for it being that entity.
std::size_t evidence(const StreamGuess& stream, const std::vector<StreamGuess>& streams) {
    std::size_t count = stream.content.fields.size();
    for (const Field& field : catalogue().find(stream.entity)->fields)
        if (field.type == FieldType::reference && is_named(stream, field)) return count + 1;
    return count + (leads_to_guessed(*stream.table, streams) ? 1 : 0);
}

/// The number people use may well be the key: of those entities that are known by one.
bool number_from_key(StreamGuess& stream) {
    const std::string_view number = stream.entity == "product" ? "sku" : "number";
    const Field* field = catalogue().find(stream.entity)->find(number);
    stream.key_is_number = field->required && !stream.content.has(number) && stream.key.columns.size() == 1;
    return stream.key_is_number;
}

void check_required(StreamGuess& stream) {
    const Entity& entity = *catalogue().find(stream.entity);
    const bool has_number = entity.find("number") != nullptr || entity.find("sku") != nullptr;
    if (has_number) number_from_key(stream);
    for (const Field& field : entity.fields) {
        if (!field.required || is_named(stream, field)) continue;
        if (stream.key_is_number && (field.name == "number" || field.name == "sku")) continue;
        stream.why_not = fmt::format("a {} needs `{}`, and no column looks like it", stream.entity, field.name);
    }
    if (stream.key.columns.empty()) stream.why_not = stream.key.note + ": put the columns into `key`";
}

void guess_entity(StreamGuess& stream) {
    stream.entity = entity_of(meaning_of(stream.table->name));
    if (!stream.table->readable) stream.why_not = "no right to read it: GRANT SELECT on it";
    if (!stream.table->readable || stream.entity.empty()) return;
    stream.content = guess_fields(stream.entity, *stream.table);
}

/// Two streams of one entity need spaces of their own; the table most others point to keeps the source's.
void part_spaces(std::vector<StreamGuess>& streams) {
    const auto pointed_at = [&](const StreamGuess& stream) {
        return std::ranges::count_if(streams, [&](const StreamGuess& other) {
            return std::ranges::any_of(other.table->foreign_keys, [&](const table::ForeignKey& key) {
                return key.schema == stream.table->schema && key.table == stream.table->name;
            });
        });
    };
    std::map<std::string, StreamGuess*> first;
    for (StreamGuess& stream : streams) {
        if (!stream.runs()) continue;
        StreamGuess*& best = first[stream.entity];
        const auto rank = [&](const StreamGuess& each) {
            return std::pair(pointed_at(each), each.content.fields.size());
        };
        if (best == nullptr || rank(stream) > rank(*best)) best = &stream;
    }
    for (StreamGuess& stream : streams)
        if (stream.runs() && first[stream.entity] != &stream) stream.space = stream.name;
}

void list_unused(const CatalogueTable& table, std::vector<std::string> used, Content& content) {
    for (const FieldGuess& field : content.fields) used.push_back(field.column->name);
    for (const ReferenceGuess& each : content.references) std::ranges::copy(each.columns, std::back_inserter(used));
    if (content.currency != nullptr) used.push_back(content.currency->name);
    for (const CatalogueColumn& column : table.columns)
        if (std::ranges::find(used, column.name) == used.end()) content.unused.push_back(column.name);
}

void list_unused(StreamGuess& stream) {
    std::vector<std::string> used = stream.key.columns;
    if (const WatermarkGuess* watermark = stream.watermark()) used.push_back(watermark->column->name);
    list_unused(*stream.table, used, stream.content);
    if (!stream.lines) return;
    used = stream.lines->key;
    if (stream.lines->watermark) used.push_back(stream.lines->watermark->column->name);
    for (const auto& [column, parent] : stream.lines->on) used.push_back(column);
    list_unused(*stream.lines->table, used, stream.lines->content);
}

}  // namespace

std::string stream_name(const CatalogueTable& table, const std::vector<std::string>& taken) {
    const auto is_taken = [&](const std::string& name) { return std::ranges::find(taken, name) != taken.end(); };
    std::string name = plain_name(table.name);
    if (is_taken(name)) name = plain_name(table.schema + "_" + table.name);
    if (name.empty()) name = "table";
    std::string unique = name;
    for (int i = 2; is_taken(unique); ++i) unique = fmt::format("{}_{}", name, i);
    return unique;
}

std::vector<StreamGuess> propose(const table::Catalogue& catalogue) {
    std::vector<StreamGuess> streams;
    std::vector<std::string> names;
    for (const CatalogueTable& table : catalogue.tables) {
        names.push_back(stream_name(table, names));
        StreamGuess stream{.table = &table, .name = names.back(), .key = guess_key(table)};
        stream.watermarks = guess_watermarks(table);
        guess_entity(stream);
        streams.push_back(std::move(stream));
    }
    constexpr std::size_t least_evidence = 2;
    for (StreamGuess& stream : streams)
        if (!stream.entity.empty() && stream.table->readable && evidence(stream, streams) < least_evidence)
            stream.entity.clear();
    guess_lines(streams);
    for (StreamGuess& stream : streams)
        if (!stream.entity.empty() && stream.table->readable) check_required(stream);
    part_spaces(streams);
    guess_references(streams);
    for (StreamGuess& stream : streams)
        if (!stream.entity.empty()) list_unused(stream);
    return streams;
}

}  // namespace tributary::discovery
