#include "daemon/load.hpp"

#include <cstdio>

#include "daemon/catalogue.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

std::unique_ptr<Configuration> load_configuration(const ConfigurationOptions& options) {
    Diagnostics diagnostics;
    auto configuration = Configuration::load(options.path, connectors(), process_environment(), diagnostics);
    const std::string text = diagnostics.text(shows_colour(stderr));
    (void)std::fputs(text.c_str(), stderr);
    return diagnostics.has_errors() ? nullptr : std::move(configuration);
}

}  // namespace tributary
