#include "daemon/command_line.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>
#include <sstream>

#include "connectors/kit/table/catalogue.hpp"
#include "core/model/embedded.hpp"
#include "core/settings/diagnostics.hpp"
#include "daemon/catalogue.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

constexpr const char* about =
    R"(Rows of ERP, shop and warehouse systems as one stream of customer events, exactly once.)";

constexpr const char* footer = R"(First steps:
  tributary discover postgres --dsn '${DSN}'      a first configuration for your database
  tributary describe sqlite                       what can stand in a source and a stream
  tributary lint --online -c shop.yaml            every mistake at once, the source asked too
  tributary dry-run -c shop.yaml                  the first events, without touching Kafka
  tributary run -c shop.yaml                      the daemon

Exit codes:
  0   done
  1   a check failed, or somebody who was asked did not answer
  2   the command line is wrong
  70  an error of the program itself
  78  refuses to work with this configuration, these topics or this state
  79  another process has taken over the instance

`tributary COMMAND --help` says more about each command.)";

/// The list of commands shows the first line of what each says about itself.
class HelpFormatter : public CLI::Formatter {
  public:
    std::string make_subcommand(const CLI::App* command) const override {
        const std::string description = command->get_description();
        return fmt::format("  {:<12}{}\n", command->get_name(), description.substr(0, description.find('\n')));
    }
};

void add_configuration(CLI::App& command, ConfigurationOptions& options) {
    command.add_option("-c,--config", options.path, "A file, or a directory of *.yaml")->capture_default_str();
}

CLI::Validator positive() {
    const auto check = [](const std::string& text) {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool good = error == std::errc{} && end == text.data() + text.size() && number > 0;
        return good ? std::string() : fmt::format("'{}' is no whole number of at least 1", text);
    };
    return {check, "POSITIVE"};
}

/// The first word that would have to be a command and is none; CLI11 only says that one is required.
std::string unknown_command(const CLI::App& app, std::span<const char* const> words) {
    const auto commands = app.get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || words.empty() || words.front()[0] == '-') return {};
    std::vector<std::string> names;
    for (const CLI::App* command : commands) {
        if (command->get_name() == words.front()) return unknown_command(*command, words.subspan(1));
        names.push_back(command->get_name());
    }
    const std::vector<std::string_view> views(names.begin(), names.end());
    return fmt::format("{}: no command '{}'{}; `--help` lists them", app.get_name(), words.front(),
                       did_you_mean(words.front(), views));
}

}  // namespace

CommandLine::CommandLine() : app_(about, "tributary") {
    auto formatter = std::make_shared<HelpFormatter>();
    formatter->column_width(26);
    app_.formatter(formatter);
    app_.footer(footer);
    app_.set_version_flag("--version", fmt::format("tributary {} ({})", version(), source_commit()));
    app_.require_subcommand(1);
    add_run();
    add_lint();
    add_test();
    add_dry_run();
    add_discover();
    add_list();
    add_describe();
    add_status();
    add_reset();
    add_deletes();
    add_docs();
}

CLI::App& CommandLine::add(const std::string& name, const std::string& help, const std::string& examples,
                           std::function<int()> command) {
    CLI::App& added = *app_.add_subcommand(name, help + "\n");
    added.footer("Examples:\n" + examples);
    added.callback([this, command = std::move(command)] { chosen_ = command; });
    return added;
}

void CommandLine::add_run() {
    CLI::App& command = add("run",
                            R"(Run the daemon in the foreground.

Claims the instance (another process with its name ends with exit code 79), brings the
cache up to the topics and publishes every change of the sources until SIGTERM or SIGINT;
a second signal ends it at once. Sources and brokers that are away do not end it.

SIGHUP, or with --watch a change of its files, takes a new configuration over: what is in
flight is committed, and the process starts again under its number. A configuration that
would refuse to start is refused, the old one stays in force, and /readyz warns.)",
                            R"(  tributary run -c /etc/tributary
  tributary run -c shop.yaml --watch
  tributary run -c shop.yaml --show-events --seconds 30)",
                            [this] { return run_command(run_); });
    add_configuration(command, run_.configuration);
    command.add_option("--log-level", run_.log_level, "debug, info, warning or error")
        ->capture_default_str()
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    command.add_option("--log-format", run_.log_format, "text or json")
        ->capture_default_str()
        ->check(CLI::IsMember({"text", "json"}));
    command.add_flag("-w,--watch", run_.watch, "Reload when the files of the configuration change");
    command.add_flag("--show-events", run_.show_events, "Print each committed event, and a summary at the end");
    command.add_option("--seconds", run_.seconds, "End by itself after that many seconds")->check(positive());
}

void CommandLine::add_lint() {
    CLI::App& command = add("lint",
                            R"(Check a configuration.

Everything that is wrong at once, as `file:line:column: error: message`. Asks nobody but the
file unless --online is given: then tables, columns, keys and rights are compared with the
sources too. Warnings, such as a source that is away, do not fail the check.)",
                            R"(  tributary lint -c shop.yaml
  tributary lint --online --json -c /etc/tributary)",
                            [this] { return lint_command(lint_); });
    add_configuration(command, lint_.configuration);
    command.add_flag("--online", lint_.online, "Also ask the sources");
    command.add_flag("--json", lint_.json, "[{file, line, column, severity, message}]");
}

void CommandLine::add_test() {
    CLI::App& command = add("test",
                            R"(Run mapping cases.

A case gives `rows` as a source would deliver them and what they are expected to become.
Nothing is connected to. Shows what differs, field by field; exit code 1 when anything does,
78 when the configuration is wrong.)",
                            R"(  tributary test -c shop.yaml shop.cases.yaml
  tributary test cases/)",
                            [this] { return test_command(test_); });
    command.add_option("-c,--config", test_.configuration, "Where the cases' `stream: SOURCE/STREAM` is defined");
    command.add_option("CASES", test_.cases, "Files with cases, or directories of them")
        ->required()
        ->check(CLI::ExistingPath);
}

void CommandLine::add_dry_run() {
    CLI::App& command = add("dry-run",
                            R"(Print the first events, publish nothing.

Reads the sources as the daemon would at its very first start and prints what it would
publish, rejects with their reason and the mapping's line included. Touches neither Kafka
nor the state directory, and moves no position.)",
                            R"(  tributary dry-run -c shop.yaml
  tributary dry-run -c shop.yaml --stream shop/orders --events 100 --json | jq .value.after)",
                            [this] { return dry_run_command(dry_run_); });
    add_configuration(command, dry_run_.configuration);
    command.add_option("--stream", dry_run_.streams, "Only SOURCE/STREAM, or all of SOURCE; may be repeated");
    command.add_option("--events", dry_run_.events, "Events of each stream")->capture_default_str()->check(positive());
    command.add_option("--seconds", dry_run_.patience, "Longest time for one source")
        ->capture_default_str()
        ->check(positive());
    command.add_flag("--json", dry_run_.json, "An object per line: topic, key, headers, value");
}

void CommandLine::add_discover() {
    CLI::App& command = add("discover",
                            R"(Write a first configuration for a database.

Asks the catalogue for tables, keys, indexes, foreign keys and sizes, and guesses from names
(English, German, Polish, Russian, Serbian) what is a customer, an order and so on. No large
table is read; of SQLite, which has few types, the first rows are looked at.
What it cannot stand for is commented out, with the reason. The file passes `lint`.

The options of the source are those of the file. So that no password is seen in the list of
processes or stands in the file, write '${VAR}' or '${file:PATH}' in single quotes: it is looked
up now, and goes into the file as it is.)",
                            R"(  tributary discover postgres --dsn '${SHOP_DSN}' --output shop.yaml
  tributary discover mariadb --user crmfeed --password '${file:/run/secrets/wms}' --database wms
  tributary discover sqlite --path shop.db --tables 'cust*' 'order*' --currency EUR > shop.yaml

Exit code 1: the database did not answer, or in none of its tables anything was recognised.)",
                            [this] { return discover_command(discover_); });
    command.require_subcommand(1);
    for (const Connector* connector : connectors())
        if (dynamic_cast<const table::Catalogued*>(connector) != nullptr) add_discover(command, *connector);
}

void CommandLine::add_discover(CLI::App& command, const Connector& connector) {
    const std::string name(connector.name());
    CLI::App& own = *command.add_subcommand(name, std::string(connector.summary()) + "\n");
    own.group("Connectors");
    own.callback([this, name] { discover_.connector = name; });
    std::string example = "tributary discover " + name;
    for (const Option& option : connector.source_options()) {
        std::string help(option.help);
        if (!option.fallback.empty()) help += fmt::format(" Default: {}.", option.fallback);
        if (option.secret) help += " Best as '${VAR}' or '${file:PATH}'.";
        own.add_option(fmt::format("--{}", option.name), discover_.source[std::string(option.name)], help)
            ->required(option.required)
            ->group("The source");
        if (option.secret)
            example += fmt::format(" --{} '${{SECRET}}'", option.name);
        else if (option.required)
            example += fmt::format(" --{} {}", option.name, option.example);
    }
    own.footer(fmt::format("Example:\n  {} --output shop.yaml\n", example));
    own.add_option("--schema", discover_.schemas, "Only tables of this schema (MariaDB: database); may be repeated");
    own.add_option("--tables", discover_.tables, "Only tables that fit: NAME or SCHEMA.NAME, with * and ?");
    own.add_option("--output", discover_.output, "A file that is not there yet; default: standard output");
    own.add_option("--name", discover_.name, "Of the source; default: the database's");
    own.add_option("--tenant", discover_.tenant, "Whose data this is; goes into every id")->capture_default_str();
    own.add_option("--time-zone", discover_.time_zone, "IANA name; how timestamps without a zone are read");
    own.add_option("--currency", discover_.currency, "Of amounts without a currency of their own (ISO 4217)");
    own.add_option("--country", discover_.country, "Of addresses and telephone numbers without one (ISO 3166-1)");
    own.add_option("--seconds", discover_.patience, "Longest time for the database")
        ->capture_default_str()
        ->check(positive());
}

void CommandLine::add_list() {
    CLI::App& command = add("list",
                            R"(List the connectors, and the streams of a configuration.

With -c also every stream of that configuration, with its entity and where it is defined.)",
                            R"(  tributary list
  tributary list -c shop.yaml)",
                            [this] { return list_command(list_); });
    command.add_option("-c,--config", list_.configuration, "A file, or a directory of *.yaml");
}

void CommandLine::add_describe() {
    CLI::App& command = add("describe",
                            R"(Describe a connector, an entity or the configuration file.

Of a connector: the options of a source and a stream, what it offers and what it lacks. Of an
entity: its fields. Without a name: what there is to describe.)",
                            R"(  tributary describe postgres
  tributary describe sales_order
  tributary describe configuration)",
                            [this] { return describe_command(describe_); });
    command.add_option("NAME", describe_.name, "A connector, an entity, or `configuration`");
}

void CommandLine::add_status() {
    CLI::App& command = add("status",
                            R"(Ask a running daemon how it is.

What is wrong first, then a line per feed: state, rows, lag, progress of a load. Asks the
address of `http.listen`; exit code 1 when nobody answers there.)",
                            R"(  tributary status -c shop.yaml
  tributary status --url 127.0.0.1:8480 --json)",
                            [this] { return status_command(status_); });
    add_configuration(command, status_.configuration);
    command.add_option("--url", status_.url, "HOST:PORT, in place of the configuration's");
    command.add_flag("--json", status_.json, "The daemon's own answers: {health, status}");
}

void CommandLine::add_reset() {
    CLI::App& command = add("reset",
                            R"(Read a stream again from its first row, or remove what it published.

The states are kept, and only what differs is published (cause `reread`). A running daemon takes
the word within a second, run as its user, and reads behind its polls (`status` shows how far);
without one the stream goes back to its first load at the next start.
With --republish every entity is sent, also those that do not differ: `updated` with an empty
`changed`, cause `repair`, for consumers that lost what they had.
With --remove a delete and a tombstone is published for every entity of the stream, its rejects
are cleared and its position is forgotten: needed after a change of `key`, `entity`, `space` or
`identity`, and when a stream is gone for good; the daemon must be stopped. A feed that carries
several streams goes back as a whole.)",
                            R"(  tributary reset shop/orders -c shop.yaml
  tributary reset shop/orders -c shop.yaml --republish
  tributary reset shop/orders -c shop.yaml --remove --dry-run)",
                            [this] { return reset_command(reset_); });
    command.add_option("STREAM", reset_.stream, "SOURCE/STREAM, or SOURCE for all of its streams")->required();
    add_configuration(command, reset_.configuration);
    auto* const remove = command.add_flag("--remove", reset_.remove, "Publish deletes of all its entities");
    command.add_flag("--republish", reset_.republish, "Send every entity again")->excludes(remove);
    command.add_flag("--dry-run", reset_.dry_run, "Only say what would be done; claims nothing");
}

void CommandLine::add_deletes() {
    CLI::App& command = add("deletes",
                            R"(List deletes that are held, or let them through.

When more rows of a stream are gone than its `deletes` lets through, or all of them, nothing is
deleted and `/readyz` says so (`deletes_held`). If they are gone on purpose, `confirm` lets as
many through as were held, once. It leaves a word in the state directory, so it works beside a
running daemon, which compares again at once, and without one. Run it as the daemon's user.)",
                            R"(  tributary deletes list -c shop.yaml
  tributary deletes confirm shop/orders -c shop.yaml)",
                            [this] { return deletes_command(deletes_); });
    command.add_option("ACTION", deletes_.action, "list or confirm")
        ->required()
        ->check(CLI::IsMember({"list", "confirm"}));
    command.add_option("STREAM", deletes_.stream, "SOURCE/STREAM, to confirm");
    add_configuration(command, deletes_.configuration);
}

void CommandLine::add_docs() {
    CLI::App& command = add("docs",
                            R"(Write the generated documentation of this repository.

docs/configuration.md, docs/configuration.schema.json (for editors), docs/entities.md,
docs/metrics.md, docs/cli.md, and the tables of options in connectors/*/README.md. With --check
nothing is written: the files that are stale are named, exit code 1.)",
                            R"(  tributary docs
  tributary docs --check /srv/tributary)",
                            [this] { return docs_command(docs_); });
    command.add_option("DIR", docs_.directory, "The repository")->capture_default_str()->check(CLI::ExistingDirectory);
    command.add_flag("--check", docs_.check, "Only say what is stale");
}

int CommandLine::run(int argc, const char* const* argv) {
    if (const std::string unknown = unknown_command(app_, std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
        !unknown.empty()) {
        complain(unknown);
        return exit_usage;
    }
    try {
        app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app_.exit(error) == 0 ? 0 : exit_usage;
    }
    return chosen_ ? chosen_() : exit_usage;
}

std::string CommandLine::reference() const {
    const auto all = [](const CLI::App*) { return true; };
    std::string out = fmt::format("\n```text\n{}```\n", app_.help());
    for (const CLI::App* command : app_.get_subcommands(all)) {
        out += fmt::format("\n## tributary {}\n\n```text\n{}```\n", command->get_name(), command->help("tributary"));
        const std::string whole = "tributary " + command->get_name();
        for (const CLI::App* own : command->get_subcommands(all))
            out += fmt::format("\n### {} {}\n\n```text\n{}```\n", whole, own->get_name(), own->help(whole));
    }
    return out;
}

}  // namespace tributary
