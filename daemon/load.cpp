#include "daemon/load.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>

#include "daemon/catalogue.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

std::unique_ptr<Configuration> load_configuration(const ConfigurationOptions& options) {
    Diagnostics diagnostics;
    auto configuration = load_configuration(options, diagnostics);
    const std::string text = diagnostics.text(shows_colour(stderr));
    (void)std::fputs(text.c_str(), stderr);
    return diagnostics.has_errors() ? nullptr : std::move(configuration);
}

std::unique_ptr<Configuration> load_configuration(const ConfigurationOptions& options, Diagnostics& diagnostics) {
    return Configuration::load(options.path, connectors(), process_environment(), diagnostics);
}

std::string configuration_text(const ConfigurationOptions& options) {
    std::string text;
    std::error_code code;
    for (const auto& file : yaml_files(options.path, code)) {
        std::ifstream content(file, std::ios::binary);
        text += file.string() + '\n';
        text.append(std::istreambuf_iterator<char>(content), {});
    }
    return text;
}

}  // namespace tributary
