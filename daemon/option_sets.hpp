#pragma once

#include <vector>

#include "core/connector/connector.hpp"

namespace tributary {

/// What may stand in a stream of that connector: the core's options, then the connector's own.
std::vector<Option> stream_options_of(const Connector& connector);

}  // namespace tributary
