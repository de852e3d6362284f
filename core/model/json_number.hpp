#pragma once

#include <string_view>

#include <optional>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary {

/// A JSON number as its exact value: an integer where it is one, whatever wrote it (1000, 1e3 and 1000.0 are one
/// number), else a decimal in the arena. Nothing when its exponent is beyond what `parse_scientific` reads.
std::optional<Value> json_number(std::string_view text, Arena& arena);

}  // namespace tributary
