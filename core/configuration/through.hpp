#pragma once

#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/settings/diagnostics.hpp"

namespace tributary {

/// References that come through other entities: an entity that no stream makes is a warning, a reference that would
/// come through itself an error.
void check_throughs(const std::vector<SourceConfiguration>& sources, Diagnostics& diagnostics);

}  // namespace tributary
