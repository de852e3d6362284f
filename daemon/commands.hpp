#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tributary {

/// Exit codes of the command line, beside 0.
constexpr int exit_check_failed = 1;
constexpr int exit_usage = 2;
constexpr int exit_refused = 78;
constexpr int exit_fenced = 79;

/// What most commands start from.
struct ConfigurationOptions {
    std::filesystem::path path = "tributary.yaml";  ///< A file, or a directory of them.
};

struct RunOptions {
    ConfigurationOptions configuration;
    std::string log_level = "info";
    std::string log_format = "text";
    bool show_events = false;
    std::optional<int> seconds;  ///< Ends by itself.
};
int run_command(const RunOptions& options);

}  // namespace tributary
