#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/settings/node.hpp"

namespace tributary::mapping {

/// Lines such as `lines[0].quantity: expected 2, found 3`; none when the document is what is expected. A plain scalar
/// expects the value that is spelled so, one in quotes expects text. What is not expected must not be there.
std::vector<std::string> differences(const Node& expected, std::string_view document);

}  // namespace tributary::mapping
