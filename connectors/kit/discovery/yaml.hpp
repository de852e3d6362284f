#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tributary::discovery {

// Texts as a configuration spells them: plain where that is safe, else in double quotes.

/// A key of a map, or a value that may hold `${…}`.
std::string yaml_text(std::string_view text);
/// A value that means itself: a `${` in it is no reference.
std::string yaml_literal(std::string_view text);
/// A column as a field's source, where dots and brackets would have a meaning: `["odd name"]`.
std::string yaml_column(std::string_view column);
/// `[a, b]`
std::string yaml_list(const std::vector<std::string>& texts);

/// Whether a configuration can spell this name of a table or column.
bool can_be_written(std::string_view name);
/// For a comment: on one line, and not longer than a line should be.
std::string comment_text(std::string_view text);

}  // namespace tributary::discovery
