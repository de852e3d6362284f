#include <algorithm>
#include <unordered_map>
#include <utility>

#include "connectors/erpnext/reader.hpp"

namespace tributary::erpnext {
namespace {

constexpr std::size_t most_names = 500;  ///< In one filter.

std::size_t place_in(std::vector<std::string>& names, const std::string& name) {
    const auto place = static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
    if (place == names.size()) names.push_back(name);
    return place;
}

}  // namespace

Plan plan_of(std::span<const std::string> fields, const std::vector<Join>& joins) {
    Plan plan{.fields = {fields.begin(), fields.end()}};
    std::vector<std::string> names = plan.fields;
    plan.columns.resize(names.size());
    // what a join needs is added behind, and looked at in its turn
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto joined = std::ranges::find(joins, names[i], &Join::name);
        if (joined == joins.end()) {
            plan.columns[i].asked = place_in(plan.asked, names[i]);
            continue;
        }
        const std::size_t by = place_in(names, joined->by);
        plan.columns.resize(names.size());
        plan.columns[i] = {.asked = 0, .join = &*joined, .by = by};
    }
    for (std::size_t passes = 0; passes < joins.size(); ++passes)
        for (std::size_t i = 0; i < plan.columns.size(); ++i) {
            const auto filled = [&](std::size_t column) {
                return plan.columns[column].join == nullptr ||
                       std::ranges::find(plan.joined, column) != plan.joined.end();
            };
            if (!filled(i) && filled(plan.columns[i].by)) plan.joined.push_back(i);
        }
    return plan;
}

/// Fills the joined columns: each from the document its link names, null where there is none. Those that share a link
/// are asked for together.
Result<void> DocumentReader::join(const Plan& plan, std::span<Value* const> rows, Arena& arena, std::stop_token stop) {
    std::vector<std::size_t> left = plan.joined;
    while (!left.empty()) {
        const std::size_t by = plan.columns[left.front()].by;
        std::vector<std::size_t> columns;
        std::erase_if(left, [&](std::size_t column) {
            if (plan.columns[column].by == by) columns.push_back(column);
            return plan.columns[column].by == by;
        });
        if (auto filled = fill(plan, columns, rows, arena, stop); !filled) return filled;
    }
    return {};
}

Result<void> DocumentReader::fill(const Plan& plan, std::span<const std::size_t> columns, std::span<Value* const> rows,
                                  Arena& arena, std::stop_token stop) {
    const std::size_t by = plan.columns[columns.front()].by;
    ListQuery query{.doctype = plan.columns[columns.front()].join->doctype, .fields = {"name"}, .order_by = "name asc"};
    std::vector<std::size_t> takes;
    for (const std::size_t column : columns) takes.push_back(place_in(query.fields, plan.columns[column].join->take));
    std::unordered_map<std::string, const Value*> documents;
    std::vector<std::string> names;
    for (const Value* const row : rows) {
        std::string name = text_of(row[by]);
        if (!name.empty() && documents.emplace(name, nullptr).second) names.push_back(std::move(name));
    }
    const Plan target = plan_of(query.fields, {});
    for (std::size_t at = 0; at < names.size(); at += most_names) {
        query.filters = {};
        query.filters.add_among("name", std::span(names).subspan(at, std::min(most_names, names.size() - at)));
        const auto found = list(query, target, {.rows = no_limit, .bytes = no_limit}, arena, stop);
        if (!found) return std::unexpected(found.error());
        for (const Value* const document : found->values) documents[text_of(document[0])] = document;
    }
    for (Value* const row : rows) {
        const auto named = documents.find(text_of(row[by]));
        const Value* const document = named == documents.end() ? nullptr : named->second;
        for (std::size_t i = 0; i < columns.size(); ++i)
            row[columns[i]] = document == nullptr ? Value::null() : document[takes[i]];
    }
    return {};
}

}  // namespace tributary::erpnext
