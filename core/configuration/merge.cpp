#include "core/configuration/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/mapping/expression_compiler.hpp"

namespace tributary {
namespace {

/// The operator that says where a value comes from; empty: none but `from`, or no expression.
std::string_view origin_of(const Node& map) {
    for (const std::string_view each : mapping::deciding_operators())
        if (each != "from" && map.find(each) != nullptr) return each;
    return {};
}

bool takes_from(std::string_view origin) { return origin.empty() || origin == "reference" || origin == "lookup"; }

bool only_operators(const Node& map) {
    return std::ranges::all_of(map.entries, [](const Node::Entry& entry) { return mapping::is_operator(entry.key); });
}

/// Whether `written` stands for the whole value of a field.
bool replaces(const Node& base, const Node& written) {
    if (!mapping::is_expression(base)) return mapping::is_expression(written);
    if (!only_operators(written)) return true;
    const std::string_view before = origin_of(base);
    const std::string_view now = origin_of(written);
    if (!now.empty()) return now != before;
    return written.find("from") != nullptr && !takes_from(before);
}

/// What the keys of a map are.
enum class Within {
    options,
    fields,  ///< Of an entity; their values are expressions or objects of fields.
    values,  ///< Columns of a condition: null is a value of theirs.
};

Within below(Within within, bool expression, std::string_view key) {
    constexpr auto conditions = std::to_array<std::string_view>({"skip", "deleted", "when", "where"});
    if ((within == Within::fields && !expression) || key == "fields") return Within::fields;
    return std::ranges::find(conditions, key) != conditions.end() ? Within::values : Within::options;
}

/// The key of a reference comes from a column or through another entity.
void keep_one_key(Node& base, const Node& written) {
    const std::string_view other = written.find("from") != nullptr ? "through" : "from";
    if (written.find("from") != nullptr || written.find("through") != nullptr)
        std::erase_if(base.entries, [&](const Node::Entry& entry) { return entry.key == other; });
}

void merge_maps(Node& base, const Node& written, Within within, Diagnostics& diagnostics);

void remove_or_refuse(Node& base, const Node::Entry& written, Diagnostics& diagnostics) {
    const auto gone = std::erase_if(base.entries, [&](const Node::Entry& entry) { return entry.key == written.key; });
    if (gone > 0) return;
    std::vector<std::string_view> names;
    for (const auto& entry : base.entries) names.push_back(entry.key);
    diagnostics.error(written.key_place, fmt::format("the mapping has no '{}' to remove{}", written.key,
                                                     did_you_mean(written.key, names)));
}

void merge_maps(Node& base, const Node& written, Within within, Diagnostics& diagnostics) {
    const bool expression = within == Within::fields && mapping::is_expression(base);
    const bool null_is_value = expression || within == Within::values;
    base.place = written.place;
    if (expression) keep_one_key(base, written);
    for (const Node::Entry& entry : written.entries) {
        const auto found = std::ranges::find(base.entries, entry.key, &Node::Entry::key);
        const Within inside = below(within, expression, entry.key);
        if (entry.value.is_null() && (found != base.entries.end() || !null_is_value)) {
            remove_or_refuse(base, entry, diagnostics);
        } else if (found == base.entries.end()) {
            base.entries.push_back(entry);
        } else if (found->value.is_map() && entry.value.is_map() &&
                   !(inside == Within::fields && replaces(found->value, entry.value))) {
            found->key_place = entry.key_place;
            merge_maps(found->value, entry.value, inside, diagnostics);
        } else {
            *found = entry;
        }
    }
}

}  // namespace

void merge(Node& base, const Node& written, Diagnostics& diagnostics) {
    merge_maps(base, written, Within::options, diagnostics);
}

}  // namespace tributary
