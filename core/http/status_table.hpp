#pragma once

#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary {

/// The answers of `/healthz` and `/v1/sources?expand=status` for people: what is wrong first, then a line per feed.
/// Pure.
Result<std::string> status_table(std::string_view summary, std::string_view sources);

}  // namespace tributary
