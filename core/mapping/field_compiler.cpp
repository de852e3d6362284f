#include "core/mapping/field_compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/mapping/outcome_check.hpp"
#include "core/model/json_text.hpp"

namespace tributary::mapping {
namespace {

std::string quoted_label(std::string_view name) { return fmt::format("\"{}\":", name); }

bool has_default(std::string_view field) { return field == "company" || field == "unit" || field == "country"; }

}  // namespace

DocumentPlan FieldCompiler::compile(const Entity& entity, const Node& fields, bool adds) {
    DocumentPlan plan;
    plan.entity = &entity;
    plan.phone_region = defaults_.phone_region;
    entity_ = entity.name;
    if (!fields.is_map()) {
        diagnostics_.error(fields.place, fmt::format("expected a map of fields of {}", entity.name));
        return plan;
    }
    plan.fields = object(entity.fields, fields, "");
    plan.adds = adds;
    if (!adds) check_required(entity, fields);
    find_currency(plan);
    return plan;
}

void FieldCompiler::check_names(std::span<const Field> schema, const Node& map, const std::string& of) {
    std::vector<std::string_view> names;
    for (const Field& field : schema)
        if (field.type != FieldType::derived) names.push_back(field.name);
    for (const Node::Entry& entry : map.entries) {
        if (std::ranges::find(names, entry.key) != names.end()) continue;
        const auto wire = std::ranges::find(schema, entry.key, &Field::wire_name);
        const std::string meant = wire != schema.end() && wire->name != entry.key
                                      ? fmt::format(", in a mapping it is called '{}'", wire->name)
                                      : did_you_mean(entry.key, names);
        diagnostics_.error(entry.key_place, fmt::format("no field '{}' in {}{}", entry.key, of, meant));
    }
}

std::vector<FieldPlan> FieldCompiler::object(std::span<const Field> schema, const Node& map,
                                             const std::string& prefix) {
    std::vector<FieldPlan> plans;
    if (!map.is_map()) {
        diagnostics_.error(map.place, "expected a map of fields");
        return plans;
    }
    const std::string of = prefix.empty() ? entity_ : entity_ + "." + prefix.substr(0, prefix.size() - 1);
    check_names(schema, map, of);
    for (const Field& declared : schema) {
        const Node::Entry* entry = map.entry(declared.name);
        if (entry == nullptr || entry->value.is_null() || declared.type == FieldType::derived) continue;
        plans.push_back(field(declared, entry->value, entry->key_place, prefix + declared.name));
    }
    add_defaults(schema, prefix, plans);
    return plans;
}

FieldPlan FieldCompiler::field(const Field& schema, const Node& node, const Place& place, const std::string& name) {
    FieldPlan plan;
    plan.schema = &schema;
    plan.label = quoted_label(schema.wire_name);
    plan.value.field = name;
    plan.value.line = place.line;
    switch (schema.type) {
        case FieldType::money:
            read_money(node, place, plan);
            break;
        case FieldType::list:
            read_list(node, plan);
            break;
        case FieldType::attributes:
            read_attributes(node, name, plan);
            break;
        default:
            read_value(node, place, plan);
    }
    return plan;
}

void FieldCompiler::read_value(const Node& node, const Place& place, FieldPlan& plan) {
    const Field& schema = *plan.schema;
    if (node.is_map() && !is_expression(node))
        return diagnostics_.error(node.place,
                                  fmt::format("{} is a single value ({}), expected a column or an expression "
                                              "with 'from', 'first', 'value', 'reference', 'match' or 'lua'",
                                              plan.value.field, name_of(schema.type)));
    const Node* target = node.is_map() ? node.find("reference") : nullptr;
    if (schema.type == FieldType::reference && (target == nullptr || target->scalar != schema.reference))
        return refuse_reference(node, target, plan);
    if (schema.type != FieldType::reference && target != nullptr)
        return diagnostics_.error(target->place,
                                  fmt::format("{} is no reference but {}", plan.value.field, name_of(schema.type)));
    if (schema.type == FieldType::reference && node.find("through") != nullptr) return read_through(node, place, plan);
    plan.value = expressions_.compile(node, plan.value.field, place);
    if (schema.type == FieldType::instant || schema.type == FieldType::day_or_instant)
        expressions_.note_instants(plan.value);
    check_outcomes(node, plan.value, schema, diagnostics_);
}

/// What is not known yet is null, which neither an element of a list nor what every entity must have can wait for.
void FieldCompiler::read_through(const Node& node, const Place& place, FieldPlan& plan) {
    const Node::Entry& through = *node.entry("through");
    if (plan.value.field != plan.schema->name)
        return diagnostics_.error(
            through.key_place,
            fmt::format("{} stands in a list: 'through' gives references of the entity itself", plan.value.field));
    if (plan.schema->required)
        return diagnostics_.error(through.key_place,
                                  fmt::format("{0} is required in each {1}: what comes through another entity is null "
                                              "as long as that is not known",
                                              plan.value.field, entity_));
    plan.value = expressions_.through(node, *catalogue().find(plan.schema->reference), plan.value.field, place);
}

void FieldCompiler::refuse_reference(const Node& node, const Node* target, const FieldPlan& plan) {
    const std::string& expected = plan.schema->reference;
    std::string written;
    std::string advice;
    if (target != nullptr && target->is_scalar()) {
        written = fmt::format(", not to '{}'", target->scalar);
        advice = did_you_mean(target->scalar, std::array<std::string_view, 1>{expected});
    }
    if (advice.empty()) advice = fmt::format(": write {{reference: {}, from: COLUMN}}", expected);
    diagnostics_.error((target != nullptr ? *target : node).place,
                       fmt::format("{} refers to a {}{}{}", plan.value.field, expected, written, advice));
}

void FieldCompiler::read_money(const Node& node, const Place& place, FieldPlan& plan) {
    plan.kind = FieldPlan::Kind::money;
    const std::string name = plan.value.field;
    if (!node.is_map() || is_expression(node)) {
        if (!bare_amount_) bare_amount_ = node.place;
        plan.value = expressions_.compile(node, name, place);
        return;
    }
    check_names(plan.schema->fields, node, entity_ + "." + name);
    const Node* amount = node.find("amount");
    if (amount == nullptr) return diagnostics_.error(node.place, fmt::format("{} needs an amount", name));
    plan.value = expressions_.compile(*amount, name, place);
    if (const Node* currency = node.find("currency"); currency != nullptr && !currency->is_null()) {
        plan.currency = expressions_.compile(*currency, name + ".currency", currency->place);
        const auto& parts = plan.schema->fields;
        const auto declared = std::ranges::find(parts, FieldType::currency, &Field::type);
        if (declared != parts.end()) check_outcomes(*currency, *plan.currency, *declared, diagnostics_);
    } else if (!bare_amount_)
        bare_amount_ = node.place;
}

void FieldCompiler::read_attributes(const Node& node, const std::string& name, FieldPlan& plan) {
    plan.kind = FieldPlan::Kind::attributes;
    if (!node.is_map()) return diagnostics_.error(node.place, "expected a map of names and expressions");
    std::vector<const Node::Entry*> entries;
    for (const Node::Entry& entry : node.entries)
        if (!entry.value.is_null()) entries.push_back(&entry);
    std::ranges::sort(entries, {}, [](const Node::Entry* entry) -> const std::string& { return entry->key; });
    for (const Node::Entry* entry : entries) {
        FieldPlan attribute;
        std::string label;
        if (!append_json_text(entry->key, label)) {
            diagnostics_.error(entry->key_place, "the name of an attribute must be UTF-8 text");
            continue;
        }
        attribute.label = label + ":";
        attribute.value = expressions_.compile(entry->value, name + "." + entry->key, entry->key_place);
        expressions_.note_instants(attribute.value);
        plan.attributes.push_back(std::move(attribute));
    }
}

void FieldCompiler::read_list(const Node& node, FieldPlan& plan) {
    plan.kind = FieldPlan::Kind::list;
    if (node.is_list()) {
        for (const Node& item : node.items)
            if (!item.is_null()) add_element(item, plan);
        return;
    }
    const bool is_each = node.is_map() && node.find("each") != nullptr;
    if (!is_each && !plan.schema->fields.empty())
        return diagnostics_.error(
            node.place,
            fmt::format("{} is a list: write [{{…}}, …] or {{each: CHILD, fields: {{…}}}}", plan.value.field));
    add_element(node, plan);
}

void FieldCompiler::add_element(const Node& node, FieldPlan& plan) {
    if (node.is_map() && node.find("each") != nullptr) return add_each(node, plan);
    ElementPlan element;
    const Node* where = node.is_map() ? node.find("where") : nullptr;
    if (where == nullptr) {
        read_element(node, plan, element);
    } else {
        element.where = expressions_.predicate(*where, plan.value.field);
        Node fields = node;
        std::erase_if(fields.entries, [](const Node::Entry& entry) { return entry.key == "where"; });
        read_element(fields, plan, element);
    }
    plan.elements.push_back(std::move(element));
}

void FieldCompiler::add_each(const Node& node, FieldPlan& plan) {
    for (const Node::Entry& entry : node.entries) {
        if (entry.key == "each" || entry.key == "fields" || entry.key == "where") continue;
        diagnostics_.error(entry.key_place,
                           fmt::format("unknown operator '{}' beside 'each', expected 'fields' or 'where'", entry.key));
    }
    const Node* fields = node.find("fields");
    if (fields == nullptr) return diagnostics_.error(node.place, "'each' needs 'fields'");
    ElementPlan element;
    const Node& each = *node.find("each");
    element.each = expressions_.rows(each, plan.value.field, each.place);
    expressions_.enter(element.each->path);
    if (const Node* where = node.find("where")) element.where = expressions_.predicate(*where, plan.value.field);
    read_element(*fields, plan, element);
    expressions_.leave();
    plan.elements.push_back(std::move(element));
}

void FieldCompiler::read_element(const Node& node, FieldPlan& plan, ElementPlan& element) {
    const Field& schema = *plan.schema;
    if (schema.fields.empty()) {
        FieldPlan& scalar = element.scalar.emplace_back();
        scalar.schema = &schema;
        scalar.value = expressions_.compile(node, plan.value.field, node.place);
        return;
    }
    element.fields = object(schema.fields, node, plan.value.field + ".");
    for (FieldPlan& field : element.fields) {
        field.is_sort_key = field.schema->wire_name == schema.sort;
        field.is_element_value = field.schema->wire_name == schema.value;
    }
    const auto is_value = [](const FieldPlan& field) { return field.is_element_value; };
    if (!schema.value.empty() && node.is_map() && std::ranges::none_of(element.fields, is_value))
        diagnostics_.error(node.place, fmt::format("an element of {} needs '{}'", plan.value.field, schema.value));
}

void FieldCompiler::add_defaults(std::span<const Field> schema, const std::string& prefix,
                                 std::vector<FieldPlan>& plans) {
    for (const Field& declared : schema) {
        const Node* value = has_default(declared.name) ? defaults_.find(declared.name) : nullptr;
        if (value == nullptr || value->is_null()) continue;
        auto at = std::ranges::find_if(plans, [&](const FieldPlan& plan) { return plan.schema >= &declared; });
        if (at == plans.end() || at->schema != &declared) {
            FieldPlan plan;
            plan.schema = &declared;
            plan.label = quoted_label(declared.wire_name);
            plan.value.field = prefix + declared.name;
            at = plans.insert(at, std::move(plan));
        }
        at->fallback = expressions_.default_value(*value, prefix + declared.name);
    }
}

void FieldCompiler::check_required(const Entity& entity, const Node& fields) {
    for (const Field& field : entity.fields) {
        const Node* node = fields.find(field.name);
        if (field.required && (node == nullptr || node->is_null()))
            diagnostics_.error(fields.place,
                               fmt::format("{} needs '{}', and nothing maps it", entity.name, field.name));
    }
}

void FieldCompiler::find_currency(DocumentPlan& plan) {
    for (const FieldPlan& field : plan.fields)
        if (field.kind == FieldPlan::Kind::money && field.currency) {
            plan.entity_currency.push_back(*field.currency);
            break;
        }
    if (const Node* currency = defaults_.find("currency"); currency != nullptr && !currency->is_null())
        plan.entity_currency.push_back(expressions_.default_value(*currency, "defaults.currency"));
    if (plan.entity_currency.empty() && bare_amount_)
        diagnostics_.warning(*bare_amount_,
                             "this amount has no currency, so its rows will be rejected: write "
                             "{amount: …, currency: …}, or set defaults.currency of the source");
}

}  // namespace tributary::mapping
