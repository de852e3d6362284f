#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings/option.hpp"

namespace tributary {

/// Declared options for people and editors: three views of the one declaration.

/// A table for a terminal of at least 100 columns, as `tributary describe postgres` shows it. Options of sections are
/// `section.option`, those of named sections `sections.NAME.option`.
std::string describe_options(std::span<const Option> options);

/// The same as a Markdown table, for the docs.
std::string options_as_markdown(std::span<const Option> options);

/// A JSON Schema (draft 2020-12) object for the map with these options. It allows what lint allows: a reference
/// (`${…}`) in place of any value, and null for what is optional.
std::string options_as_json_schema(std::span<const Option> options);

/// A flattened option as both tables show it.
struct DescribedOption {
    std::string name;
    std::string type;      ///< "text", "list of texts", "a or b"
    std::string fallback;  ///< "required", the default, or empty
    std::string meaning;   ///< Help, bounds, example, what is not there yet.
};

/// Rows as a table for a terminal, the first one being its head.
std::string as_table(std::span<const DescribedOption> rows);

std::vector<DescribedOption> flatten(std::span<const Option> options);

/// What is wrong with a declaration, a line each: help that is no sentence, a default that its own option would refuse,
/// a choice without choices. Empty for a sound one; the tests of whoever declares options check that.
std::vector<std::string> declaration_faults(std::span<const Option> options);

}  // namespace tributary
