#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/expression_compiler.hpp"
#include "core/mapping/record_maker.hpp"

namespace tributary::mapping {

void ExpressionCompiler::read_lookup(const Node& node, Expression& into) {
    into.source = Expression::Source::lookup;
    const Node* const definition = lookup_named(*node.find("lookup"));
    read_lookup_key(node, definition, into);
    const Node* const take = node.find("take");
    if (take == nullptr)
        return diagnostics_.error(node.place, "a look-up needs 'take', the column of its table that is wanted");
    auto path = take->is_scalar() ? parse_path(take->scalar) : std::unexpected("expected a column of the look-up");
    if (path && path->up > 0) path = std::unexpected("a look-up's row has none above it");
    if (!path) return diagnostics_.error(take->place, fmt::format("'{}': {}", take->scalar, path.error()));
    into.path = std::move(*path);
    if (definition != nullptr) into.lookup = note_lookup(node.find("lookup")->scalar, into.path, take->place);
}

const Node* ExpressionCompiler::lookup_named(const Node& name) {
    const Node* const found =
        defaults_.lookups == nullptr || !name.is_scalar() ? nullptr : defaults_.lookups->find(name.scalar);
    if (found != nullptr) return found;
    std::vector<std::string_view> names;
    if (defaults_.lookups != nullptr)
        for (const Node::Entry& entry : defaults_.lookups->entries) names.push_back(entry.key);
    diagnostics_.error(name.place, fmt::format("no look-up '{}' in this source's 'lookups'{}", name.scalar,
                                               did_you_mean(name.scalar, names)));
    return nullptr;
}

void ExpressionCompiler::read_lookup_key(const Node& node, const Node* definition, Expression& into) {
    const Node* const from = node.find("from");
    if (from == nullptr)
        return diagnostics_.error(node.place, "a look-up needs 'from', the columns with the key to look up");
    for (const Node* const part : items_of(from)) {
        into.parts.push_back(compile(*part, into.field, part->place));
        into.parts.back().line = into.line;
    }
    const std::size_t size = definition == nullptr ? 0 : items_of(definition->find("key")).size();
    // a look-up without a key is told where it is defined
    if (size > 0 && size != into.parts.size())
        diagnostics_.error(from->place,
                           fmt::format("the key of look-up '{}' has {} column{}, not {}", node.find("lookup")->scalar,
                                       size, size == 1 ? "" : "s", into.parts.size()));
    if (into.parts.size() > most_lookup_key)
        diagnostics_.error(from->place, fmt::format("a look-up's key has at most {} columns", most_lookup_key));
}

int ExpressionCompiler::note_lookup(const std::string& name, const Path& take, const Place& place) {
    auto use = std::ranges::find(lookups, name, &Mapping::Lookup::name);
    if (use == lookups.end()) use = lookups.insert(use, {name, {}});
    const std::string& column = take.steps.front().name;
    if (std::ranges::find(use->takes, column, &Mapping::Column::name) == use->takes.end())
        use->takes.push_back({column, place});
    return static_cast<int>(use - lookups.begin());
}

}  // namespace tributary::mapping
