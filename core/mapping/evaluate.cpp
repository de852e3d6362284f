#include "core/mapping/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/mapping/lua.hpp"
#include "core/model/key_text.hpp"
#include "core/settings/utf8.hpp"

namespace tributary::mapping {
namespace {

constexpr std::size_t most_shown = 100;
constexpr std::string_view zero_uuid = "00000000-0000-0000-0000-000000000000";

Value literal_value(const std::optional<std::string>& literal) {
    return literal ? Value::text(*literal) : Value::null();
}

/// Kind::json and text that stands for it become values; anything else stays.
bool unfold(Value& value, RowScope& scope, const Expression& by) {
    if (value.kind != Kind::json && value.kind != Kind::text) return true;
    const auto read = scope.json.read(value.view(), scope.arena);
    if (!read) return scope.refuse(by, value, "is not JSON, which the path goes into");
    value = *read;
    return true;
}

bool step_into(const Step& step, RowScope& scope, const Expression& by, Value& value) {
    if (!unfold(value, scope, by)) return false;
    if (value.is_null() || value.kind == Kind::unchanged) return true;
    if (step.index >= 0) {
        if (value.kind != Kind::list) return scope.refuse(by, value, "is not a list, which the path goes into");
        value = step.index < value.size ? value.elements[step.index] : Value::null();
        return true;
    }
    if (value.kind != Kind::object) return scope.refuse(by, value, "is not an object, which the path goes into");
    const Value* found = step.in(*value.object);
    value = found == nullptr ? Value::null() : *found;
    return true;
}

bool first_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result) {
    for (const Expression& part : expression.parts) {
        if (!evaluate(part, frame, scope, result)) return false;
        if (!is_empty(result.value)) return true;
    }
    result = {};
    return true;
}

std::string_view concatenated(std::string_view a, std::string_view between, std::string_view b, Arena& arena) {
    const std::size_t size = a.size() + between.size() + b.size();
    char* to = arena.allocate(size);
    char* next = std::ranges::copy(a, to).out;
    next = std::ranges::copy(between, next).out;
    std::ranges::copy(b, next);
    return {to, size};
}

bool join_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result) {
    std::string_view joined;
    for (const Expression& part : expression.parts) {
        Evaluated each;
        if (!evaluate(part, frame, scope, each)) return false;
        if (each.value.kind == Kind::unchanged) {
            result = each;
            return true;
        }
        if (is_empty(each.value)) continue;
        const auto text = to_text(each.value, scope.conversion());
        if (!text) return scope.refuse(part, each.value, text.error());
        if (text->empty()) continue;
        joined = joined.empty() ? *text : concatenated(joined, expression.separator, *text, scope.arena);
        result.from_row |= each.from_row;
    }
    result.value = Value::text(joined);
    return true;
}

/// What sources write for "none": SQL NULL, "", Odoo's false, 1C's zero GUID.
bool is_no_reference(const Value& value) {
    if (value.kind == Kind::boolean) return !value.boolean;
    return is_empty(value) || (value.has_text() && value.view() == zero_uuid);
}

/// `key`: where its canonical text goes as well, if anybody asks for it.
bool reference_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result,
                  std::string* key_text_of_row = nullptr) {
    ReferenceTarget& target = *expression.reference;
    target.hasher.begin();
    for (const Expression& part : expression.parts) {
        Evaluated each;
        if (!evaluate(part, frame, scope, each)) return false;
        if (each.value.kind == Kind::unchanged || is_no_reference(each.value)) {
            result.value = each.value.kind == Kind::unchanged ? each.value : Value::null();
            return true;
        }
        const auto zoned_value = zoned(each.value, scope.conversion());
        if (!zoned_value) return scope.refuse(part, each.value, zoned_value.error());
        const KeyText key = key_text(*zoned_value, scope.arena);
        if (!key) return scope.refuse(part, each.value, fmt::format("cannot be a key: {}", explain(key.why)));
        target.hasher.part(key.text);
        if (key_text_of_row != nullptr) append_key_part(key.text, &part == expression.parts.data(), *key_text_of_row);
        result.from_row |= each.from_row;
    }
    const std::size_t size = target.tag.size() + 1 + id_digits;
    char* to = scope.arena.allocate(size);
    write_id(target.tag, target.hasher.id(), to);
    result.value = Value::text({to, size});
    return true;
}

bool take_source(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result) {
    switch (expression.source) {
        case Expression::Source::literal:
            result.value = literal_value(expression.literal);
            return true;
        case Expression::Source::column:
            result.from_row = true;
            return follow(expression.path, frame, scope, expression, result.value);
        case Expression::Source::first:
            return first_of(expression, frame, scope, result);
        case Expression::Source::join:
            return join_of(expression, frame, scope, result);
        case Expression::Source::lua:
            result.from_row = true;
            return scope.lua->call(expression, frame, scope, result.value);
        case Expression::Source::reference:
            return reference_of(expression, frame, scope, result);
        case Expression::Source::match:
            return match_of(expression, frame, scope, result);
        case Expression::Source::lookup:
            return lookup_of(expression, frame, scope, result);
    }
    return false;
}

bool translate(const Expression& expression, RowScope& scope, Evaluated& result) {
    const auto converted = zoned(result.value, scope.conversion());
    const KeyText code = converted ? key_text(*converted, scope.arena) : KeyText{{}, NoKey::naive};
    if (!code)
        return scope.refuse(expression, result.value,
                            fmt::format("cannot be looked up in a map: {}", explain(code.why)));
    const auto found = expression.map->find(code.text);
    if (found != expression.map->end()) {
        result.value = literal_value(found->second);
        return true;
    }
    if (code.text.empty()) return true;
    if (!expression.has_else) return scope.refuse(expression, result.value, "is not in the map");
    result.value = literal_value(expression.otherwise);
    return true;
}

bool round_to_scale(const Expression& expression, RowScope& scope, Evaluated& result) {
    const auto decimal = to_decimal(result.value, scope.conversion());
    if (!decimal) return scope.refuse(expression, result.value, decimal.error());
    const Decimal exact = rounded(*decimal, static_cast<std::size_t>(expression.scale), scope.arena);
    result.value = Value::decimal(exact.text(scope.arena));
    return true;
}

/// A default is read as the column would be, but spelled plainly, whatever the `format`.
bool take_default(const Expression& expression, RowScope& scope, Evaluated& result) {
    result = {Value::text(*expression.fallback), false};
    if (!expression.reading || expression.map) return true;
    const auto read = read_as(result.value, Reading{expression.reading->as, {}, {}, {}, {}}, scope.conversion());
    if (!read) return scope.refuse(expression, result.value, read.error());
    result.value = *read;
    return true;
}

bool modify(const Expression& expression, RowScope& scope, Evaluated& result) {
    if (expression.trim && result.value.kind == Kind::text) result.value = Value::text(trimmed(result.value.view()));
    if (expression.reading) {
        const auto read = read_as(result.value, *expression.reading, scope.conversion());
        if (!read) return scope.refuse(expression, result.value, read.error());
        result.value = *read;
    }
    if (expression.map && !result.value.is_null() && !translate(expression, scope, result)) return false;
    if (expression.fallback && is_empty(result.value) && !take_default(expression, scope, result)) return false;
    if (expression.scale >= 0 && !is_empty(result.value)) return round_to_scale(expression, scope, result);
    return true;
}

void fill(Reject& reject, const Expression& by, std::string_view reason) {
    reject = {"map", reason, by.field, by.file, by.line};
}

}  // namespace

bool RowScope::refuse(const Expression& by, const Value& value, std::string_view why) {
    fill(reject, by, arena.copy(fmt::format("{}: '{}' {}", by.field, shown(value), why)));
    return false;
}

bool RowScope::refuse(const Expression& by, std::string_view why) {
    fill(reject, by, arena.copy(fmt::format("{}: {}", by.field, why)));
    return false;
}

std::string RowScope::shown(const Value& value) const {
    if (value.kind == Kind::text || value.kind == Kind::decimal || value.kind == Kind::uuid || value.kind == Kind::json)
        return shortened(value.view(), most_shown);
    if (value.kind == Kind::naive) return std::string(name_of(value.kind));
    if (value.kind == Kind::real && !std::isfinite(value.real))
        return std::isnan(value.real) ? "NaN" : value.real > 0 ? "Infinity" : "-Infinity";
    const auto text = to_text(value, conversion());
    return text ? shortened(*text, most_shown) : std::string(name_of(value.kind));
}

bool follow(const Path& path, const Frame& frame, RowScope& scope, const Expression& by, Value& result) {
    const Frame* from = &frame;
    for (int i = 0; i < path.up; ++i) from = from->up;
    const Value* found = path.steps.front().in(from->row);
    result = found == nullptr ? Value::null() : *found;
    for (std::size_t i = 1; i < path.steps.size() && !result.is_null() && result.kind != Kind::unchanged; ++i)
        if (!step_into(path.steps[i], scope, by, result)) return false;
    return true;
}

bool through_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& id, std::string& key) {
    id = {};
    key.clear();
    return reference_of(expression, frame, scope, id, &key);
}

bool evaluate(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result) {
    result = {};
    if (!take_source(expression, frame, scope, result)) return false;
    if (result.value.kind == Kind::unchanged) return true;
    return modify(expression, scope, result);
}

}  // namespace tributary::mapping
