#pragma once

#include <memory>

#include "core/configuration/configuration.hpp"
#include "daemon/commands.hpp"

namespace tributary {

/// Reads the configuration and prints what is wrong with it to standard error, in colour on a terminal. Null: errors.
std::unique_ptr<Configuration> load_configuration(const ConfigurationOptions& options);

}  // namespace tributary
