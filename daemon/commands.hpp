#pragma once

#include <filesystem>
#include <map>
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
    bool watch = false;  ///< Reload when the configuration's files change.
    bool show_events = false;
    std::optional<int> seconds;  ///< Ends by itself.
};
int run_command(const RunOptions& options);

struct LintOptions {
    ConfigurationOptions configuration;
    bool json = false;
    bool online = false;  ///< Also asks the sources.
};
int lint_command(const LintOptions& options);

struct TestOptions {
    std::optional<std::filesystem::path> configuration;
    std::vector<std::filesystem::path> cases;  ///< Files, or directories of them.
};
int test_command(const TestOptions& options);

struct DryRunOptions {
    ConfigurationOptions configuration;
    std::vector<std::string> streams;  ///< `source/stream` or `source`; none: all.
    int events = 5;                    ///< Of each stream.
    int patience = 30;                 ///< Seconds that one source may take.
    bool json = false;
};
int dry_run_command(const DryRunOptions& options);

struct ListOptions {
    std::optional<std::filesystem::path> configuration;
};
int list_command(const ListOptions& options);

struct DescribeOptions {
    std::string name;  ///< Of a connector or an entity; empty: what there is.
};
int describe_command(const DescribeOptions& options);

struct DiscoverOptions {
    std::string connector;
    std::map<std::string, std::string> source;  ///< Options of the source by name, as YAML would say them.
    std::vector<std::string> schemas;
    std::vector<std::string> tables;  ///< Patterns.
    std::string name;                 ///< Of the source; empty: the database's.
    std::string tenant = "acme";
    std::string time_zone;
    std::string currency;
    std::string country;
    std::filesystem::path output;  ///< Empty: standard output.
    int patience = 60;             ///< Seconds.
};
int discover_command(const DiscoverOptions& options);

struct StatusOptions {
    ConfigurationOptions configuration;
    std::string url;  ///< `HOST:PORT`; empty: as configured.
    bool json = false;
};
int status_command(const StatusOptions& options);

struct ResetOptions {
    ConfigurationOptions configuration;
    std::string stream;  ///< `source/stream` or `source`.
    bool remove = false;
    bool republish = false;
    bool dry_run = false;
};
int reset_command(const ResetOptions& options);

struct DeletesOptions {
    ConfigurationOptions configuration;
    std::string action;  ///< `list` or `confirm`.
    std::string stream;  ///< `source/stream`, to confirm.
};
int deletes_command(const DeletesOptions& options);

struct DocsOptions {
    std::filesystem::path directory = ".";  ///< Of the repository.
    bool check = false;
};
int docs_command(const DocsOptions& options);

}  // namespace tributary
