#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "core/mapping/evaluate.hpp"
#include "core/mapping/lookup_table.hpp"
#include "core/model/key_text.hpp"
#include "core/settings/utf8.hpp"

namespace tributary::mapping {
namespace {

constexpr std::size_t most_shown = 100;

}  // namespace

/// As in a map of codes, null stays null and so does a miss where a part is empty: nothing was named, so nothing is
/// missing.
bool lookup_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result) {
    std::array<std::string_view, most_lookup_key> parts;
    bool empty = false;
    for (std::size_t i = 0; i < expression.parts.size(); ++i) {
        Evaluated each;
        if (!evaluate(expression.parts[i], frame, scope, each)) return false;
        result.from_row |= each.from_row;
        if (each.value.kind == Kind::unchanged || each.value.is_null()) {
            result.value = each.value;
            return true;
        }
        const auto converted = zoned(each.value, scope.conversion());
        if (!converted) return scope.refuse(expression, each.value, converted.error());
        const KeyText text = key_text(*converted, scope.arena);
        if (!text)
            return scope.refuse(expression, each.value, fmt::format("cannot be looked up: {}", explain(text.why)));
        empty = empty || text.text.empty();
        parts[i] = text.text;
    }
    const LookupTable& table = *scope.lookups[static_cast<std::size_t>(expression.lookup)];
    const auto key = std::span(parts).first(expression.parts.size());
    if (const Object* const row = table.find(key))
        return follow(expression.path, Frame{*row, nullptr}, scope, expression, result.value);
    result.value = Value::null();
    if (empty) return true;
    if (!expression.has_else)
        return scope.refuse(
            expression, fmt::format("'{}' is not in look-up '{}'",
                                    shortened(fmt::format("{}", fmt::join(key, "', '")), most_shown), table.name()));
    if (expression.otherwise) result.value = Value::text(*expression.otherwise);
    return true;
}

}  // namespace tributary::mapping
