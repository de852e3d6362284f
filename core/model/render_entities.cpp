#include "core/model/render_entities.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

namespace tributary {
namespace {

constexpr std::string_view introduction = R"(# Entities

Generated from `schemas/` by `tributary docs`; do not edit. The JSON Schemas are the contract, this is their summary.

Fields that have no value are absent, never null. Decimals are exact and written as text without exponent or trailing
zeros; money is `{amount, currency}`; instants are RFC 3339 in UTC, days have no time. Lists have one order, so that equal
content is equal text. `company` says which operating company something belongs to, `attributes` holds what a company adds.
A field called `customer_id` in documents is called `customer` in a mapping.
)";

std::string type_of(const Field& field) {
    switch (field.type) {
        case FieldType::choice:
            return fmt::format("`{}`", fmt::join(field.choices, "`, `"));
        case FieldType::reference:
            return fmt::format("id of a [{0}](#{0})", field.reference);
        case FieldType::list:
            return field.fields.empty() ? "list of text" : "list";
        default:
            return std::string(name_of(field.type));
    }
}

std::string order_of(const Field& field) {
    std::string order = field.sort.empty() ? "" : fmt::format(" Sorted by `{}`.", field.sort);
    return order + (field.set ? " Equal elements count once." : "");
}

void render_field(const Field& field, const std::string& prefix, std::string& to) {
    const bool is_list = field.type == FieldType::list;
    fmt::format_to(std::back_inserter(to), "| `{}{}`{} | {} | {}{} |\n", prefix, field.wire_name,
                   field.required && prefix.empty() ? ", required" : "", type_of(field), field.help, order_of(field));
    if (!is_list) return;
    for (const Field& part : field.fields) render_field(part, prefix + field.wire_name + "[].", to);
}

std::string pretty(const std::string& json) {
    rapidjson::Document document;
    document.Parse(json.c_str());
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    document.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

void render_entity(const Entity& entity, std::string& to) {
    fmt::format_to(std::back_inserter(to),
                   "\n## {}\n\n{} Ids begin with `{}_`.\n\n| field | type | meaning |\n|---|---|---|\n", entity.name,
                   entity.help, entity.tag);
    for (const Field& field : entity.fields) render_field(field, "", to);
    if (!entity.examples.empty())
        fmt::format_to(std::back_inserter(to), "\n```json\n{}\n```\n", pretty(entity.examples.front()));
}

}  // namespace

std::string render_entities(const Catalogue& entities) {
    std::string text(introduction);
    for (const Entity& entity : entities.entities()) render_entity(entity, text);
    return text;
}

}  // namespace tributary
