#include "connectors/odoo/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/table/types_table.hpp"
#include "core/model/json_number.hpp"
#include "core/model/times.hpp"

namespace tributary::odoo {
namespace {

/// The one table of types: `types` is what `fields_get` calls them, with commas between.
struct TypeRule {
    std::string_view types;
    std::string_view becomes;
    FieldKind kind;
};

constexpr std::array rules{
    TypeRule{"boolean", "boolean", FieldKind::boolean},
    TypeRule{"integer, many2one_reference", "integer; Odoo shows null as 0", FieldKind::integer},
    TypeRule{"float, monetary", "decimal, as it is spelled, to 15 digits; Odoo shows null as 0", FieldKind::number},
    TypeRule{"char, text, html, selection, reference", "text; `false` is null, empty text is not", FieldKind::text},
    TypeRule{"date", "day", FieldKind::date},
    TypeRule{"datetime", "instant, UTC, whole seconds: Odoo cuts the rest", FieldKind::datetime},
    TypeRule{"many2one", "the id; more of the other record by a path, a look-up or an include", FieldKind::many2one},
    TypeRule{"one2many, many2many", "list of objects with `id`", FieldKind::many},
    TypeRule{"binary, json, properties, properties_definition", "not read: null", FieldKind::other},
};

/// Shared by all rows of all batches, and never destroyed: an element must outlive the feed that read it.
const Shape& reference_shape() {
    static const Shape* const shape = new Shape{.names = {"id"}};
    return *shape;
}

/// What is no id is left out: nothing else has been seen in such a list.
Value references(const Value& raw, Arena& arena) {
    if (raw.kind != Kind::list) return Value::null();
    const auto elements = arena.array<Value>(raw.size);
    std::size_t count = 0;
    for (const Value& id : raw.items())
        if (id.kind == Kind::integer) elements[count++] = reference(id, arena);
    return Value::list(elements.first(count));
}

/// Odoo's numbers went through a double, of which 15 digits are sure: sums of quantities come as 0.30000000000000004.
constexpr int sure_digits = 15;

Value number_of(const Value& raw, Arena& arena) {
    if (raw.kind != Kind::decimal) return raw;
    const std::string_view text = raw.view();
    const auto first = text.find_first_of("123456789");
    if (first == std::string_view::npos) return raw;
    const std::string_view significant = text.substr(first);
    const auto digits = std::ranges::count_if(significant, [](char c) { return c != '.'; });
    double number = 0;
    if (digits <= sure_digits || std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc())
        return raw;
    return json_number(fmt::format("{:.{}g}", number, sure_digits), arena).value_or(raw);
}

Value day_of(const Value& raw) {
    const auto day = raw.kind == Kind::text ? parse_day(raw.view()) : std::nullopt;
    return day ? Value::date(*day) : raw;
}

Value moment_of(const Value& raw) {
    const auto moment = raw.kind == Kind::text ? parse_timestamp(raw.view()) : std::nullopt;
    return moment ? Value::instant(moment->micros) : raw;
}

}  // namespace

Value reference(const Value& id, Arena& arena) {
    auto* const value = arena.array<Value>(1).data();
    auto* const object = arena.array<Object>(1).data();
    *value = id;
    *object = {&reference_shape(), value};
    return Value::of(object);
}

FieldKind kind_of(std::string_view type) {
    const TypeRule* const rule = table::rule_of(rules, type);
    return rule == nullptr ? FieldKind::other : rule->kind;
}

Value value_of(FieldKind kind, const Value& raw, Arena& arena) {
    if (kind == FieldKind::boolean) return raw;
    if (raw.kind == Kind::boolean) return Value::null();
    switch (kind) {
        case FieldKind::number:
            return number_of(raw, arena);
        case FieldKind::date:
            return day_of(raw);
        case FieldKind::datetime:
            return moment_of(raw);
        case FieldKind::many2one:
            return raw.kind == Kind::list && raw.size > 0 ? raw.elements[0] : raw;
        case FieldKind::many:
            return references(raw, arena);
        case FieldKind::other:
            return Value::null();
        default:
            return raw;
    }
}

Fields fields_in(const Value& answer) {
    Fields fields;
    if (answer.kind != Kind::object) return fields;
    const Object& all = *answer.object;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Value& said = all.values[i];
        Field field{.name = all.shape->names[i], .type = std::string(http::text_in(said, {"type"}))};
        field.kind = kind_of(field.type);
        field.relation = http::text_in(said, {"relation"});
        field.inverse = http::text_in(said, {"relation_field"});
        const Value* const stored = http::find_in(said, {"store"});
        field.stored = stored == nullptr || stored->kind != Kind::boolean || stored->boolean;
        fields.emplace(field.name, std::move(field));
    }
    return fields;
}

std::string types_as_markdown() { return table::types_table("Odoo", rules); }

}  // namespace tributary::odoo
