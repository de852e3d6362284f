#pragma once

#include <string>
#include <string_view>

namespace tributary {

/// What a message of yaml-cpp means to somebody who writes YAML. `line` is the line the error is on.
std::string explain_yaml_error(std::string_view yaml_cpp_message, std::string_view line);

/// Such an error is found at the end of the text; the place to look at is where the bracket opens.
bool is_unclosed_bracket(std::string_view yaml_cpp_message);

/// The same, where the quote opens.
bool is_unclosed_quote(std::string_view yaml_cpp_message);

}  // namespace tributary
