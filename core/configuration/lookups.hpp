#pragma once

#include "core/configuration/configuration.hpp"

namespace tributary {

/// Adds the source's look-ups to its settings and its configuration, in the order they are written, with the columns
/// that the source's streams take. The streams must have been read.
void read_lookups(const Connector& connector, SourceSettings& settings, SourceConfiguration& source,
                  Diagnostics& diagnostics);

}  // namespace tributary
