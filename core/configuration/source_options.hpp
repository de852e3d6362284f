#pragma once

#include <vector>

#include "core/connector/connector.hpp"

namespace tributary {

/// What may stand in a source of that connector: the core's options, its look-ups as the connector has them, then the
/// connector's own.
std::vector<Option> source_options_of(const Connector& connector);

}  // namespace tributary
