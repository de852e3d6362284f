#pragma once

#include <memory>
#include <string>

#include "core/configuration/configuration.hpp"
#include "daemon/commands.hpp"

namespace tributary {

/// Reads the configuration and prints what is wrong with it to standard error, in colour on a terminal. Null: errors.
std::unique_ptr<Configuration> load_configuration(const ConfigurationOptions& options);

/// The same without printing; of use only when there are no errors.
std::unique_ptr<Configuration> load_configuration(const ConfigurationOptions& options, Diagnostics& diagnostics);

/// The files that the configuration is read from, names and contents in one, to tell whether they have changed. What
/// they refer to (`${file:PATH}`) is not in it. Empty when there is none.
std::string configuration_text(const ConfigurationOptions& options);

}  // namespace tributary
