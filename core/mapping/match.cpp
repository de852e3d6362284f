#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/evaluate.hpp"

namespace tributary::mapping {
namespace {

bool is_present(const Value& value) { return !is_empty(value) && (value.kind != Kind::list || value.size > 0); }

Truth truth_of(bool holds) { return holds ? Truth::yes : Truth::no; }

Truth holds(const Test& test, const Frame& frame, RowScope& scope) {
    Evaluated found;
    if (!evaluate(test.column, frame, scope, found)) return Truth::refused;
    if (found.value.kind == Kind::unchanged) return Truth::unknown;
    if (test.present) return truth_of(is_present(found.value) == *test.present);
    if (found.value.is_null()) return truth_of(test.null_fits);
    if (test.texts.empty()) return Truth::no;
    const auto text = to_text(found.value, scope.conversion());
    if (!text) {
        scope.refuse(test.column, found.value, text.error());
        return Truth::refused;
    }
    return truth_of(std::ranges::find(test.texts, *text) != test.texts.end());
}

/// `state 'foo', delivery null`: what the conditions looked at.
std::string shown_columns(const Expression& match, const Frame& frame, RowScope& scope) {
    std::string all;
    std::vector<std::string_view> named;
    for (const Predicate& condition : match.conditions)
        for (const Test& test : condition.tests) {
            Evaluated found;
            if (std::ranges::find(named, test.column.path.text) != named.end()) continue;
            if (!evaluate(test.column, frame, scope, found)) continue;
            named.push_back(test.column.path.text);
            const std::string shown =
                found.value.is_null() ? std::string("null") : fmt::format("'{}'", scope.shown(found.value));
            all += fmt::format("{}{} {}", all.empty() ? "" : ", ", test.column.path.text, shown);
        }
    return all;
}

}  // namespace

Truth holds(const Predicate& condition, const Frame& frame, RowScope& scope) {
    Truth all = Truth::yes;
    for (const Test& test : condition.tests) {
        const Truth one = holds(test, frame, scope);
        if (one == Truth::refused || one == Truth::no) return one;
        if (one == Truth::unknown) all = one;
    }
    return all;
}

bool match_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result) {
    for (std::size_t i = 0; i < expression.parts.size(); ++i) {
        const bool is_else = i >= expression.conditions.size();
        const Truth fits = is_else ? Truth::yes : holds(expression.conditions[i], frame, scope);
        if (fits == Truth::refused) return false;
        if (fits == Truth::yes) return evaluate(expression.parts[i], frame, scope, result);
        if (fits == Truth::no) continue;
        result.value = Value::unchanged();
        return true;
    }
    return scope.refuse(expression, fmt::format("nothing in 'match' fits {}, and there is no 'else'",
                                                shown_columns(expression, frame, scope)));
}

}  // namespace tributary::mapping
