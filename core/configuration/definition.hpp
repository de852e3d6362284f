#pragma once

#include <span>
#include <string>

#include "core/settings/option.hpp"

namespace tributary {

/// A hash over what `stream` says to the options that define its rows, nested ones included: table, query, children.
/// Schedules, overlaps and layout do not count.
std::string definition_fingerprint(const Node& stream, std::span<const Option> options);

}  // namespace tributary
