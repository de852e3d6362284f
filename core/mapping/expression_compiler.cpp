#include "core/mapping/expression_compiler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/model/entity.hpp"

namespace tributary::mapping {
namespace {

constexpr auto deciding =
    std::to_array<std::string_view>({"first", "value", "reference", "lookup", "match", "lua", "each", "from"});
constexpr auto sources =
    std::to_array<std::string_view>({"first", "value", "reference", "lookup", "match", "lua", "from"});
constexpr auto known = std::to_array<std::string_view>(
    {"first", "value", "reference", "lookup", "match", "lua",   "each", "from",  "through", "type",  "format",
     "map",   "else",  "default",   "join",   "scale", "space", "take", "where", "trim",    "fields"});

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::span<const std::string_view> deciding_operators() { return deciding; }

bool is_operator(std::string_view key) { return contains(known, key); }

bool is_expression(const Node& map) {
    return map.is_map() &&
           std::ranges::any_of(map.entries, [](const Node::Entry& entry) { return contains(deciding, entry.key); });
}

ExpressionCompiler::ExpressionCompiler(const MappingContext& context, const SourceDefaults& defaults,
                                       Diagnostics& diagnostics)
    : context_(context), defaults_(defaults), diagnostics_(diagnostics) {}

Expression ExpressionCompiler::begin(const std::string& field, const Place& line) {
    Expression expression;
    expression.field = field;
    if (line.file != nullptr) expression.file = *files.insert(*line.file).first;
    expression.line = line.line;
    return expression;
}

Expression ExpressionCompiler::compile(const Node& node, const std::string& field, const Place& line) {
    Expression expression = begin(field, line);
    if (node.is_scalar())
        read_path(node, expression);
    else if (node.is_map())
        read_map(node, expression);
    else if (node.is_list())
        diagnostics_.error(node.place,
                           "expected a column or an expression, found a list; to take the first that is "
                           "not empty write {first: [a, b]}, to join {from: [a, b], join: \" \"}");
    return expression;
}

Expression ExpressionCompiler::column(const Node& node, const std::string& field, const Place& line) {
    return compile(node, field, line);
}

Expression ExpressionCompiler::default_value(const Node& node, const std::string& field) {
    Expression expression = begin(field, node.place);
    const auto above = std::exchange(levels_, {""});
    if (node.is_map())
        read_map(node, expression);
    else
        expression.literal = literal(node);
    levels_ = above;
    return expression;
}

void ExpressionCompiler::enter(const Path& child) {
    const auto& level = levels_.back();
    const bool is_table = level && level->empty() && child.up == 0 && child.steps.size() == 1;
    levels_.push_back(is_table ? std::optional(child.steps.front().name + ".") : std::nullopt);
}

const Node* ExpressionCompiler::included(std::string_view name) const {
    const Node* includes = context_.stream_node->find("include");
    return includes == nullptr ? nullptr : includes->find(name);
}

Expression ExpressionCompiler::rows(const Node& node, const std::string& field, const Place& line) {
    const auto noted = columns.size();
    Expression rows = column(node, field, line);
    const auto& level = levels_.back();
    const bool is_table = level && level->empty() && rows.path.up == 0 && rows.path.steps.size() == 1 &&
                          included(rows.path.steps.front().name) != nullptr;
    if (is_table) columns.resize(noted);
    return rows;
}

/// An included row that is an object, not a list: paths go into its columns.
bool ExpressionCompiler::is_one_child(std::string_view name) const {
    const Node* include = included(name);
    const Node* one = include == nullptr ? nullptr : include->find("one");
    return one != nullptr && one->scalar == "true";
}

void ExpressionCompiler::note_column(const Path& path, const Place& place) {
    const std::size_t depth = levels_.size() - 1;
    if (static_cast<std::size_t>(path.up) > depth)
        return diagnostics_.error(place, fmt::format("'{}' goes above the outermost row", path.text));
    const auto& level = levels_[depth - static_cast<std::size_t>(path.up)];
    if (!level) return;
    std::string name = *level + path.steps.front().name;
    note_path(*level, path);
    if (level->empty() && path.steps.size() > 1 && path.steps[1].index < 0 && is_one_child(name))
        name += "." + path.steps[1].name;
    if (std::ranges::find(columns, name, &Mapping::Column::name) == columns.end()) columns.push_back({name, place});
}

void ExpressionCompiler::note_instants(const Expression& value) {
    using Source = Expression::Source;
    if (value.reading && value.reading->as != Reading::As::instant) return;
    if (value.source == Source::first || value.source == Source::match)
        for (const Expression& part : value.parts) note_instants(part);
    if (value.source != Source::column || value.path.steps.empty()) return;
    const auto up = static_cast<std::size_t>(value.path.up);
    if (up >= levels_.size()) return;
    if (const auto& level = levels_[levels_.size() - 1 - up]) note_whole(*level, value.path, instants);
}

void ExpressionCompiler::note_path(const std::string& level, const Path& path) { note_whole(level, path, paths); }

void ExpressionCompiler::note_whole(const std::string& level, const Path& path, std::vector<std::string>& into) {
    std::string whole = level;
    for (const Step& step : path.steps) {
        if (step.index >= 0) continue;  // of a list's elements each is asked for the same
        if (&step != &path.steps.front()) whole += '.';
        whole += step.name;
    }
    if (std::ranges::find(into, whole) == into.end()) into.push_back(std::move(whole));
}

void ExpressionCompiler::read_path(const Node& node, Expression& into) {
    if (!node.is_scalar()) return diagnostics_.error(node.place, "expected a column");
    read_path(node.scalar, node.place, into);
}

void ExpressionCompiler::read_path(std::string_view text, const Place& place, Expression& into) {
    auto path = parse_path(text);
    if (!path) return diagnostics_.error(place, fmt::format("'{}': {}", text, path.error()));
    into.source = Expression::Source::column;
    into.path = std::move(*path);
    note_column(into.path, place);
}

void ExpressionCompiler::read_map(const Node& node, Expression& into) {
    check_keys(node);
    read_source(node, into);
    read_modifiers(node, into);
}

void ExpressionCompiler::check_keys(const Node& node) {
    for (const Node::Entry& entry : node.entries) {
        if (entry.key == "through")
            diagnostics_.error(entry.key_place,
                               "'through' gives a reference of the entity itself, as customer: {reference: customer, "
                               "through: {sales_order: order_id}}");
        else if (!contains(known, entry.key))
            diagnostics_.error(entry.key_place,
                               fmt::format("unknown operator '{}'{}", entry.key, did_you_mean(entry.key, known)));
    }
    const auto needs = [&](std::string_view key, std::string_view other) {
        const Node::Entry* entry = node.entry(key);
        if (entry != nullptr && node.find(other) == nullptr)
            diagnostics_.error(entry->key_place, fmt::format("'{}' has no meaning without '{}'", key, other));
    };
    if (node.find("match") == nullptr && node.find("lookup") == nullptr) needs("else", "map");
    needs("format", "type");
    needs("join", "from");
    needs("space", "reference");
    needs("take", "lookup");
    if (const Node::Entry* fields = node.entry("fields"); fields != nullptr && node.find("each") == nullptr)
        diagnostics_.error(fields->key_place, "'fields' has no meaning without 'each'");
    if (const Node::Entry* where = node.entry("where"))
        diagnostics_.error(where->key_place, "'where' chooses elements of a list; a value is chosen by 'match'");
    const Node::Entry* map = node.entry("map");
    if (map != nullptr && node.find("match") != nullptr)
        diagnostics_.error(map->key_place, "'map' and 'match' cannot stand together: 'is' says what comes out");
    if (map != nullptr && node.find("lookup") != nullptr)
        diagnostics_.error(map->key_place,
                           "'map' and 'lookup' cannot stand together: whose 'else' would it be? To translate the key "
                           "write {lookup: …, from: [{from: COLUMN, map: …}], …}");
}

void ExpressionCompiler::read_source(const Node& node, Expression& into) {
    // said to be in the wrong place; what belongs to it would only be misunderstood
    if (node.find("through") != nullptr) return;
    std::string found;
    for (const std::string_view source : sources) {
        const bool is_key = source == "from" && (node.find("reference") != nullptr || node.find("lookup") != nullptr);
        if (node.find(source) == nullptr || is_key) continue;
        if (!found.empty())
            return diagnostics_.error(node.place, fmt::format("'{}' and '{}' cannot stand together", found, source));
        found = source;
    }
    if (node.find("each") != nullptr) return diagnostics_.error(node.place, "'each' belongs to a list");
    if (found == "value") return void(into.literal = literal(*node.find("value")));
    if (found == "first") return read_parts(*node.find("first"), into);
    if (found == "from") return read_from(node, into);
    if (found == "lua") return read_lua(*node.find("lua"), into);
    if (found == "reference") return read_reference(node, into);
    if (found == "match") return read_match(node, into);
    if (found == "lookup") return read_lookup(node, into);
    diagnostics_.error(
        node.place,
        "expected an expression: a column, or a map with 'from', 'first', 'value', 'reference', 'lookup', 'match' or "
        "'lua'");
}

void ExpressionCompiler::read_from(const Node& node, Expression& into) {
    const Node& from = *node.find("from");
    if (!from.is_list()) return read_path(from, into);
    const Node* join = node.find("join");
    if (join == nullptr)
        return diagnostics_.error(from.place,
                                  "several columns need 'join', or 'first' for the first that is not empty");
    read_parts(from, into);
    into.source = Expression::Source::join;
    into.separator = literal(*join).value_or("");
}

void ExpressionCompiler::read_parts(const Node& node, Expression& into) {
    into.source = Expression::Source::first;
    if (!node.is_list() || node.items.empty()) return diagnostics_.error(node.place, "expected a list of columns");
    for (const Node& item : node.items) {
        into.parts.push_back(begin(into.field, item.place));
        into.parts.back() = compile(item, into.field, item.place);
        into.parts.back().line = into.line;
    }
}

void ExpressionCompiler::read_reference(const Node& node, Expression& into) {
    const Node& target = *node.find("reference");
    into.source = Expression::Source::reference;
    std::vector<std::string_view> names;
    for (const Entity& entity : catalogue().entities()) names.push_back(entity.name);
    const Entity* entity = target.is_scalar() ? catalogue().find(target.scalar) : nullptr;
    if (entity == nullptr)
        return diagnostics_.error(target.place,
                                  fmt::format("no entity '{}'{}", target.scalar, did_you_mean(target.scalar, names)));
    const Node* space = node.find("space");
    const std::string in = space == nullptr ? context_.source : literal(*space).value_or("");
    into.reference =
        std::make_shared<ReferenceTarget>(ReferenceTarget{{context_.tenant, in, entity->name}, entity->tag});
    const Node* from = node.find("from");
    if (from == nullptr) return diagnostics_.error(node.place, "a reference needs 'from', the columns of the key");
    read_reference_key(*from, into);
}

void ExpressionCompiler::read_reference_key(const Node& from, Expression& into) {
    into.source = Expression::Source::reference;
    if (from.is_list()) {
        read_parts(from, into);
        into.source = Expression::Source::reference;
    } else {
        into.parts.push_back(compile(from, into.field, from.place));
        into.parts.back().line = into.line;
    }
}

void ExpressionCompiler::read_lua(const Node& node, Expression& into) {
    into.source = Expression::Source::lua;
    if (!node.is_scalar()) return diagnostics_.error(node.place, "expected a Lua expression");
    if (!lua) lua = std::make_unique<Lua>();
    const auto function = lua->compile(node.scalar);
    if (!function) return diagnostics_.error(node.place, "Lua: " + function.error());
    into.function = *function;
    const Lua::Columns used = Lua::columns_of(node.scalar);
    const auto note = [&](const std::vector<std::string>& names, int up) {
        for (const std::string& name : names) {
            Path path{up, {}, "up." + name};
            path.steps.emplace_back().name = name;
            note_column(path, node.place);
        }
    };
    note(used.of_row, 0);
    note(used.of_up, 1);
    if (used.whole)
        diagnostics_.warning(node.place,
                             "Lua uses 'row' as a whole: only columns written as row.name or row[\"name\"] are "
                             "sure to be read from the source");
}

}  // namespace tributary::mapping
