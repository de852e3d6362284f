// `{reference: customer, through: {sales_order: order_id}}`: the customer of that order.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/mapping/expression_compiler.hpp"

namespace tributary::mapping {
namespace {

/// The reference to `wanted` that an entity of its own has.
const Field* reference_of(const Entity& entity, const Entity& wanted) {
    const auto found = std::ranges::find_if(entity.fields, [&](const Field& field) {
        return field.type == FieldType::reference && field.reference == wanted.name;
    });
    return found == entity.fields.end() ? nullptr : &*found;
}

std::string references_of(const Entity& entity) {
    std::vector<std::string> names;
    for (const Field& field : entity.fields)
        if (field.type == FieldType::reference) names.push_back(field.name);
    return names.empty() ? "it has none" : fmt::format("it has {}", fmt::join(names, ", "));
}

}  // namespace

Expression ExpressionCompiler::through(const Node& node, const Entity& entity, const std::string& field,
                                       const Place& line) {
    Expression into = begin(field, line);
    for (const Node::Entry& entry : node.entries)
        if (entry.key != "reference" && entry.key != "through")
            diagnostics_.error(entry.key_place,
                               fmt::format("'{}' cannot stand beside 'through', which takes the id as the other entity "
                                           "has it",
                                           entry.key));
    const Node& written = *node.find("through");
    if (!written.is_map() || written.entries.size() != 1) {
        diagnostics_.error(written.place,
                           "expected the entity it comes through and its key, as {sales_order: order_id}");
        return into;
    }
    const Node::Entry& through = written.entries.front();
    std::vector<std::string_view> names;
    for (const Entity& known : catalogue().entities()) names.push_back(known.name);
    const Entity* target = catalogue().find(through.key);
    if (target == nullptr) {
        diagnostics_.error(through.key_place,
                           fmt::format("no entity '{}'{}", through.key, did_you_mean(through.key, names)));
        return into;
    }
    const Field* take = reference_of(*target, entity);
    if (take == nullptr)
        diagnostics_.error(through.key_place, fmt::format("a {} refers to no {} that could be taken: {}", target->name,
                                                          entity.name, references_of(*target)));
    std::string space = context_.source;
    read_through_key(through.value, into, space);
    into.reference =
        std::make_shared<ReferenceTarget>(ReferenceTarget{{context_.tenant, space, target->name}, target->tag});
    into.through = std::make_shared<ThroughTarget>(
        ThroughTarget{target->number, space, take == nullptr ? "" : take->wire_name, through.key_place});
    return into;
}

/// A column, a list of them, or `{from: …, space: NAME}` with whatever a reference's `from` may be.
void ExpressionCompiler::read_through_key(const Node& key, Expression& into, std::string& space) {
    if (!key.is_map()) return read_reference_key(key, into);
    for (const Node::Entry& entry : key.entries)
        if (entry.key != "from" && entry.key != "space")
            diagnostics_.error(entry.key_place,
                               fmt::format("expected 'from' and 'space', found '{}'; an expression is written {{from: "
                                           "{{…}}}}",
                                           entry.key));
    if (const Node* name = key.find("space")) space = literal(*name).value_or("");
    if (const Node* from = key.find("from")) return read_reference_key(*from, into);
    diagnostics_.error(key.place, "expected 'from', the columns of the key");
}

}  // namespace tributary::mapping
