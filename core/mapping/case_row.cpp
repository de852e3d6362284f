#include "core/mapping/case_row.hpp"

#include <algorithm>
#include <charconv>

#include "core/model/decimal.hpp"
#include "core/model/times.hpp"

namespace tributary::mapping {
namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        int byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

/// `007` is a code, no number.
bool is_plain_number(std::string_view text) {
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.empty() || digits[0] < '0' || digits[0] > '9' || digits.ends_with('.')) return false;
    return digits[0] != '0' || digits.size() == 1 || digits[1] == '.';
}

}  // namespace

Row CaseRows::row(const Node& node, const std::vector<std::string>& key, Arena& arena) {
    Row row;
    const Node* removed = node.find("$remove");
    const Node& columns = removed == nullptr ? node : *removed;
    if (!columns.is_map()) {
        diagnostics_.error(columns.place, "expected a row: a map of columns");
        return row;
    }
    if (removed != nullptr) row.op = Op::remove;
    row.values = object(columns, arena);
    auto parts = arena.array<Value>(key.size());
    for (std::size_t i = 0; i < key.size(); ++i) {
        const int at = row.values.shape->find(key[i]);
        if (at >= 0) parts[i] = row.values.values[at];
    }
    row.key = parts;
    return row;
}

const Shape* CaseRows::shape(const Node& node) {
    for (const auto& known : shapes_)
        if (std::ranges::equal(known->names, node.entries, {}, {}, &Node::Entry::key)) return known.get();
    auto made = std::make_unique<Shape>();
    for (const Node::Entry& entry : node.entries) made->names.push_back(entry.key);
    return shapes_.emplace_back(std::move(made)).get();
}

Object CaseRows::object(const Node& node, Arena& arena) {
    auto values = arena.array<Value>(node.entries.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value(node.entries[i].value, arena);
    return {shape(node), values.data()};
}

Value CaseRows::value(const Node& node, Arena& arena) {
    if (node.is_null()) return Value::null();
    if (node.is_scalar()) return scalar(node, arena);
    if (node.is_map()) {
        if (node.entries.size() == 1 && node.entries[0].key.starts_with('$')) return named_kind(node.entries[0], arena);
        return Value::of(arena.copy_of(object(node, arena)));
    }
    auto items = arena.array<Value>(node.items.size());
    for (std::size_t i = 0; i < items.size(); ++i) items[i] = value(node.items[i], arena);
    return Value::list(items);
}

Value CaseRows::scalar(const Node& node, Arena& arena) {
    const std::string_view text = arena.copy(node.scalar);
    if (node.quoted) return Value::text(text);
    if (text == "true" || text == "false") return Value::of(text == "true");
    const auto number = is_plain_number(text) ? parse_decimal(text) : std::nullopt;
    if (number && text.find('.') == std::string_view::npos && number->integer()) return Value::of(*number->integer());
    if (number) return Value::decimal(text);
    if (const auto day = parse_day(text)) return Value::date(*day);
    if (const auto stamp = parse_timestamp(text))
        return stamp->zoned ? Value::instant(stamp->micros) : Value::naive(stamp->micros);
    return Value::text(text);
}

Value CaseRows::named_kind(const Node::Entry& entry, Arena& arena) {
    const std::string_view kind = entry.key;
    const std::string_view text = arena.copy(entry.value.scalar);
    if (kind == "$text") return Value::text(text);
    if (kind == "$decimal") return Value::decimal(text);
    if (kind == "$uuid") return Value::uuid(text);
    if (kind == "$json") return Value::json(text);
    if (kind == "$bytes") return Value::bytes(arena.copy(from_hex(text)));
    if (kind == "$broken") return Value::text(arena.copy(from_hex(text)));
    if (kind == "$unchanged") return Value::unchanged();
    if (kind == "$infinity") return Value::date(INT64_MAX);
    if (kind == "$real") {
        double number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        return Value::of_real(number);
    }
    diagnostics_.error(entry.key_place, "unknown kind of value '" + entry.key + "'");
    return Value::null();
}

}  // namespace tributary::mapping
