#include "core/configuration/merge.hpp"

#include <fmt/format.h>

#include <algorithm>

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

/// The key of a reference comes from a column or through another entity.
void keep_one_key(Node& base, const Node& written) {
    const std::string_view other = written.find("from") != nullptr ? "through" : "from";
    if (written.find("from") != nullptr || written.find("through") != nullptr)
        std::erase_if(base.entries, [&](const Node::Entry& entry) { return entry.key == other; });
}

/// In `of_fields` keys are fields, and their values expressions or objects of fields.
void merge_maps(Node& base, const Node& written, bool of_fields, Diagnostics& diagnostics);

void merge_entry(Node& base, const Node::Entry& written, bool is_field, Diagnostics& diagnostics) {
    const auto found = std::ranges::find(base.entries, written.key, &Node::Entry::key);
    if (written.value.is_null()) {
        if (found != base.entries.end()) {
            base.entries.erase(found);
            return;
        }
        std::vector<std::string_view> names;
        for (const auto& entry : base.entries) names.push_back(entry.key);
        diagnostics.error(written.key_place, fmt::format("the mapping has no '{}' to remove{}", written.key,
                                                         did_you_mean(written.key, names)));
    } else if (found == base.entries.end()) {
        base.entries.push_back(written);
    } else if (found->value.is_map() && written.value.is_map() &&
               !(is_field && replaces(found->value, written.value))) {
        found->key_place = written.key_place;
        merge_maps(found->value, written.value, is_field, diagnostics);
    } else {
        *found = written;
    }
}

void merge_maps(Node& base, const Node& written, bool of_fields, Diagnostics& diagnostics) {
    const bool expression = mapping::is_expression(base);
    base.place = written.place;
    if (of_fields && expression) keep_one_key(base, written);
    for (const Node::Entry& entry : written.entries)
        merge_entry(base, entry, (of_fields && !expression) || entry.key == "fields", diagnostics);
}

}  // namespace

void merge(Node& base, const Node& written, Diagnostics& diagnostics) { merge_maps(base, written, false, diagnostics); }

}  // namespace tributary
