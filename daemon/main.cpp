#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "core/model/embedded.hpp"
#include "daemon/commands.hpp"

namespace {

void add_configuration(CLI::App& command, tributary::ConfigurationOptions& options) {
    command.add_option("-c,--config", options.path, "Configuration: a file, or a directory of *.yaml")
        ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
    using namespace tributary;
    CLI::App app("Rows of ERP, shop and warehouse systems as one stream of customer events, exactly once.",
                 "tributary");
    app.set_version_flag("--version", std::string(version()));
    app.require_subcommand(1);

    RunOptions run;
    auto* run_app = app.add_subcommand("run", "Run the daemon in the foreground");
    add_configuration(*run_app, run.configuration);
    run_app->add_option("--log-level", run.log_level, "debug, info, warning or error")->capture_default_str();
    run_app->add_option("--log-format", run.log_format, "text or json")->capture_default_str();
    run_app->add_flag("--show-events", run.show_events, "Print each committed event, and a summary at the end");
    run_app->add_option("--seconds", run.seconds, "End by itself after that many seconds");

    CLI11_PARSE(app, argc, argv);
    try {
        if (run_app->parsed()) return run_command(run);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tributary: %s\n", error.what());
        return 70;
    }
    return exit_usage;
}
