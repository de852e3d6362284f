#include "connectors/kit/table/selection.hpp"

#include <algorithm>

namespace tributary::table {
namespace {

std::size_t place_in(std::vector<std::string>& columns, const std::string& name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
    columns.push_back(name);
    return columns.size() - 1;
}

Result<void> check_columns(const std::vector<std::string>& wanted, std::span<const std::string> available,
                           const std::string& where) {
    const std::vector<std::string_view> candidates(available.begin(), available.end());
    std::string missing;
    for (const std::string& column : wanted) {
        if (std::find(available.begin(), available.end(), column) != available.end()) continue;
        if (!missing.empty()) missing += "; ";
        missing += "no column '" + column + "' in " + where + did_you_mean(column, candidates);
    }
    if (!missing.empty()) return fail(Verdict::stop, "undefined_column", std::move(missing));
    return {};
}

std::shared_ptr<const Shape> shape_of(std::vector<std::string> names, const std::vector<Include>& includes) {
    for (const Include& include : includes) names.push_back(include.name);
    return std::make_shared<const Shape>(Shape{std::move(names)});
}

void add_all(Selection& selection, std::span<const std::string> wanted, std::span<const std::string> available) {
    for (const std::string& column : wanted.empty() ? available : wanted) place_in(selection.columns, column);
}

}  // namespace

std::optional<std::size_t> Selection::place_of(const std::string& column) const {
    const auto found = std::find(columns.begin(), columns.end(), column);
    if (found == columns.end()) return std::nullopt;
    return static_cast<std::size_t>(found - columns.begin());
}

Result<Selection> select(const Definition& definition, std::span<const std::string> available) {
    Selection selection;
    for (const std::string& column : definition.key) place_in(selection.columns, column);
    selection.key_size = selection.columns.size();
    if (definition.watermark) selection.watermark = place_in(selection.columns, definition.watermark->column);
    for (const Include& include : definition.includes) {
        auto& parents = selection.parents.emplace_back();
        for (const auto& [child, parent] : include.on) parents.push_back(place_in(selection.columns, parent));
    }
    selection.listed = selection.columns.size();
    add_all(selection, definition.columns, available);
    if (auto checked = check_columns(selection.columns, available, definition.what()); !checked)
        return std::unexpected(checked.error());
    selection.shape = shape_of(selection.columns, definition.includes);
    return selection;
}

Result<Selection> select(const Include& include, std::span<const std::string> available) {
    Selection selection;
    for (const auto& [child, parent] : include.on) place_in(selection.columns, child);
    for (const std::string& column : include.key) place_in(selection.columns, column);
    if (include.watermark) selection.watermark = place_in(selection.columns, include.watermark->column);
    selection.listed = selection.columns.size();
    for (const std::string& column : include.columns) place_in(selection.columns, column);
    if (include.whole) add_all(selection, {}, available);
    if (auto checked = check_columns(selection.columns, available, include.table); !checked)
        return std::unexpected(checked.error());
    selection.shape = shape_of(selection.columns, {});
    return selection;
}

}  // namespace tributary::table
