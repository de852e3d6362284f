#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tributary::mapping {

/// `map:` translates codes, whose canonical key text is the key; a code may stand for null.
using CodeMap = std::map<std::string, std::optional<std::string>, std::less<>>;

}  // namespace tributary::mapping
