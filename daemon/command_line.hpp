#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "core/connector/connector.hpp"
#include "daemon/commands.hpp"

namespace tributary {

/// The command line, declared once: parsing, `--help` and docs/cli.md come from it.
class CommandLine {
  public:
    CommandLine();

    /// Exit code of the command, or `exit_usage` after saying what is wrong with the arguments.
    int run(int argc, const char* const* argv);
    /// docs/cli.md: the help of every command.
    std::string reference() const;

  private:
    CLI::App& add(const std::string& name, const std::string& help, const std::string& examples,
                  std::function<int()> command);
    void add_run();
    void add_lint();
    void add_test();
    void add_dry_run();
    void add_discover();
    void add_discover(CLI::App& command, const Connector& connector);
    void add_list();
    void add_describe();
    void add_status();
    void add_reset();
    void add_deletes();
    void add_docs();

    CLI::App app_;
    RunOptions run_;
    LintOptions lint_;
    TestOptions test_;
    DryRunOptions dry_run_;
    DiscoverOptions discover_;
    ListOptions list_;
    DescribeOptions describe_;
    StatusOptions status_;
    ResetOptions reset_;
    DeletesOptions deletes_;
    DocsOptions docs_;
    std::function<int()> chosen_;
};

}  // namespace tributary
