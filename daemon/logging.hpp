#pragma once

#include "core/configuration/configuration.hpp"
#include "core/status/log.hpp"

namespace tributary {

/// The log to standard error, with the configuration's secrets taken out of every line.
void start_redacted_log(LogFormat format, LogLevel level, const Configuration& configuration);

}  // namespace tributary
