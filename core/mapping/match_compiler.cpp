#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/expression_compiler.hpp"

namespace tributary::mapping {

Predicate ExpressionCompiler::predicate(const Node& node, const std::string& field) {
    Predicate condition;
    if (!node.is_map() || node.entries.empty()) {
        diagnostics_.error(node.place,
                           "expected a condition: columns and what they must hold, as {state: [sale, done]}");
        return condition;
    }
    for (const Node::Entry& entry : node.entries) {
        Test& test = condition.tests.emplace_back();
        test.column = begin(field, entry.key_place);
        read_path(entry.key, entry.key_place, test.column);
        read_wanted(entry.value, test);
    }
    return condition;
}

void ExpressionCompiler::read_wanted(const Node& node, Test& test) {
    const auto add = [&](const Node& value) {
        if (value.is_null())
            test.null_fits = true;
        else if (value.is_scalar())
            test.texts.push_back(value.scalar);
        else
            diagnostics_.error(value.place, "expected a value to compare with");
    };
    if (node.is_map()) {
        const Node* present = node.find("present");
        if (present == nullptr || node.entries.size() != 1)
            return diagnostics_.error(node.place, "expected a value, a list of values, or {present: true}");
        test.present = flag(*present);
    } else if (node.is_list() && node.items.empty()) {
        diagnostics_.error(node.place, "no value is in an empty list: this condition never holds");
    } else if (node.is_list()) {
        std::ranges::for_each(node.items, add);
    } else {
        add(node);
    }
}

/// What comes out of a `match`: a scalar is the value itself, a map an expression.
Expression ExpressionCompiler::outcome(const Node& node, const Expression& of) {
    if (node.is_map()) return compile(node, of.field, node.place);
    Expression value = begin(of.field, node.place);
    value.literal = literal(node);
    return value;
}

void ExpressionCompiler::read_match(const Node& node, Expression& into) {
    const Node& cases = *node.find("match");
    into.source = Expression::Source::match;
    if (!cases.is_list() || cases.items.empty())
        return diagnostics_.error(cases.place, "expected a list, as [{when: {state: cancel}, is: cancelled}]");
    for (const Node& item : cases.items) {
        const Node* when = item.find("when");
        const Node* is = item.find("is");
        if (when == nullptr || is == nullptr || item.entries.size() != 2) {
            diagnostics_.error(item.place, "expected {when: CONDITION, is: VALUE}");
            continue;
        }
        into.conditions.push_back(predicate(*when, into.field));
        into.parts.push_back(outcome(*is, into));
    }
    if (const Node* otherwise = node.find("else")) into.parts.push_back(outcome(*otherwise, into));
}

}  // namespace tributary::mapping
