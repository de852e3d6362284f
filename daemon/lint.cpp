#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "core/configuration/configuration.hpp"
#include "daemon/catalogue.hpp"
#include "daemon/commands.hpp"
#include "daemon/online_check.hpp"
#include "daemon/terminal.hpp"
#include "daemon/timer.hpp"

namespace tributary {

namespace {

constexpr std::chrono::seconds source_patience(30);

std::string summary(const Configuration& configuration) {
    std::size_t streams = 0;
    for (const auto& source : configuration.sources) streams += source.streams.size();
    return fmt::format("{} source{}, {} stream{}", configuration.sources.size(),
                       configuration.sources.size() == 1 ? "" : "s", streams, streams == 1 ? "" : "s");
}

}  // namespace

int lint_command(const LintOptions& options) {
    Diagnostics diagnostics;
    const auto configuration =
        Configuration::load(options.configuration.path, connectors(), process_environment(), diagnostics);
    OnlineCheck online(*configuration, diagnostics);
    if (options.online && !diagnostics.has_errors()) {
        for (auto& source : configuration->sources)
            (void)online.check(
                source, [](const std::string&) { return true; }, Deadline(source_patience).token());
    }
    const bool good = !diagnostics.has_errors();
    if (options.json) {
        fmt::print("{}\n", diagnostics.json());
    } else {
        fmt::print("{}", diagnostics.text(shows_colour(stdout)));
        if (good)
            fmt::print("{}: no errors{}, {}\n", options.configuration.path.string(),
                       online.unchecked() > 0 ? " in the file; not all of it could be checked" : "",
                       summary(*configuration));
    }
    return good ? 0 : exit_check_failed;
}

}  // namespace tributary
