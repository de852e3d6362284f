#pragma once

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

}  // namespace tributary::table
