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
    if (definition != nullptr) note_lookup(node.find("lookup")->scalar, take->place, into);
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

void ExpressionCompiler::note_lookup(const std::string& name, const Place& take, Expression& lookup) {
    auto use = std::ranges::find(lookups, name, &Mapping::Lookup::name);
    if (use == lookups.end()) use = lookups.insert(use, {name, {}});
    const std::string& column = lookup.path.steps.front().name;
    if (std::ranges::find(use->takes, column, &Mapping::Column::name) == use->takes.end())
        use->takes.push_back({column, take});
    lookup.lookup = static_cast<int>(use - lookups.begin());
    std::vector<std::string> from;
    for (const Expression& part : lookup.parts)
        if (auto whole = untouched_column(part)) from.push_back(std::move(*whole));
    if (from.size() != lookup.parts.size())
        use->computed = true;
    else if (std::ranges::find(use->from, from) == use->from.end())
        use->from.push_back(std::move(from));
}

/// The name under which a source can be asked for the value itself. Whatever a path finds inside a value, and whatever
/// an operator makes of it, is not what the source has.
std::optional<std::string> ExpressionCompiler::untouched_column(const Expression& part) const {
    const bool modified = part.trim || part.reading || part.map || part.fallback || part.scale >= 0;
    if (part.source != Expression::Source::column || modified) return std::nullopt;
    const auto& steps = part.path.steps;
    const std::size_t depth = levels_.size() - 1;
    if (steps.empty() || static_cast<std::size_t>(part.path.up) > depth) return std::nullopt;
    const auto& level = levels_[depth - static_cast<std::size_t>(part.path.up)];
    if (!level) return std::nullopt;
    const std::string& name = steps.front().name;
    const bool of_row = level->empty();
    if (!of_row && included(std::string_view(*level).substr(0, level->size() - 1)) == nullptr) return std::nullopt;
    if (steps.size() == 1) return of_row && included(name) != nullptr ? std::nullopt : std::optional(*level + name);
    const bool of_one = of_row && steps.size() == 2 && steps[1].index < 0 && is_one_child(name);
    return of_one ? std::optional(name + "." + steps[1].name) : std::nullopt;
}

}  // namespace tributary::mapping
