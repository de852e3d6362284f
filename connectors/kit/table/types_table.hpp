#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace tributary::table {

/// The table of types in a connector's README: `rules` is the one table that its code reads values by, with what each
/// of them says about itself.
template <typename Rules>
std::string types_table(std::string_view system, const Rules& rules) {
    std::string table = "| " + std::string(system) + " | becomes |\n|---|---|\n";
    for (const auto& rule : rules) table += "| " + std::string(rule.types) + " | " + std::string(rule.becomes) + " |\n";
    return table;
}

/// The rule whose `types`, names with commas between, has this one; null: none has.
template <typename Rules>
auto rule_of(const Rules& rules, std::string_view type) -> decltype(&*rules.begin()) {
    for (const auto& rule : rules) {
        std::string_view left = rule.types;
        while (!left.empty()) {
            const std::string_view one = left.substr(0, left.find(", "));
            if (one == type) return &rule;
            left.remove_prefix(std::min(left.size(), one.size() + 2));
        }
    }
    return nullptr;
}

}  // namespace tributary::table
