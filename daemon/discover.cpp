#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>

#include "connectors/kit/discovery/fold.hpp"
#include "connectors/kit/discovery/write.hpp"
#include "connectors/kit/discovery/yaml.hpp"
#include "connectors/kit/table/catalogue.hpp"
#include "core/configuration/configuration.hpp"
#include "core/mapping/zone.hpp"
#include "core/settings/redact.hpp"
#include "core/settings/written_password.hpp"
#include "daemon/catalogue.hpp"
#include "daemon/commands.hpp"
#include "daemon/terminal.hpp"
#include "daemon/timer.hpp"

namespace tributary {

namespace {

const Connector& connector_called(const std::string& name) {
    return **std::ranges::find(connectors(), name, [](const Connector* each) { return each->name(); });
}

/// The options of the command line, read as the file they go into will be read.
class SourceOptions {
  public:
    SourceOptions(const DiscoverOptions& options, const Connector& connector) : connector_(connector) {
        std::string yaml;
        for (const Option& option : connector.source_options()) {
            const auto given = options.source.find(std::string(option.name));
            if (given == options.source.end() || given->second.empty()) continue;
            written_.emplace_back(given->first, given->second);
            yaml += fmt::format("{}: {}\n", given->first, discovery::yaml_text(given->second));
        }
        // a relative ${file:PATH} is below the file that is written
        node_ = files_.parse(yaml, options.output.string(), process_environment(), diagnostics_);
        settings_ = read_settings(node_, connector.source_options(), diagnostics_, "the command line");
        connector.configure({.name = "discovered", .settings = settings_, .streams = {}}, diagnostics_);
        std::vector<std::string> secrets = settings_.secret_values();
        std::ranges::copy(files_.secrets(), std::back_inserter(secrets));
        redactor_ = Redactor(secrets);
    }

    const std::vector<std::pair<std::string, std::string>>& written() const { return written_; }
    const Settings& settings() const { return settings_; }
    const Redactor& redactor() const { return redactor_; }

    /// False after saying what is wrong.
    bool good() const {
        for (const Diagnostic& each : diagnostics_.sorted()) {
            const auto line = static_cast<std::size_t>(each.place.line);
            const std::string about = line > 0 && line <= written_.size() ? "--" + written_[line - 1].first + ": " : "";
            complain(redactor_.redact(about + each.message));
        }
        return !diagnostics_.has_errors();
    }

    /// An option whose secret everybody can read who sees the file or the list of processes; empty: none.
    std::string bare_secret() const {
        for (const Option& option : connector_.source_options()) {
            const Node* node = option.secret ? settings_.node(option.name) : nullptr;
            if (node == nullptr || node->secret || !node->variables.empty()) continue;
            const bool address = node->scalar.contains("://") || node->scalar.contains('=');
            if (!address || !passwords_in(node->scalar).empty()) return std::string(option.name);
        }
        return {};
    }

  private:
    const Connector& connector_;
    std::vector<std::pair<std::string, std::string>> written_;
    YamlFiles files_;
    Diagnostics diagnostics_;
    Node node_;
    Settings settings_;
    Redactor redactor_;
};

bool has_times(const table::Catalogue& catalogue) {
    return std::ranges::any_of(catalogue.tables, [](const table::CatalogueTable& table) {
        return std::ranges::any_of(table.columns, [](const table::CatalogueColumn& column) {
            return column.kind == table::ColumnKind::instant || column.kind == table::ColumnKind::local_time;
        });
    });
}

discovery::FileSettings file_settings(const DiscoverOptions& options, const SourceOptions& source,
                                      const table::Catalogue& catalogue) {
    discovery::FileSettings file{.connector = options.connector,
                                 .source = options.name,
                                 .options = source.written(),
                                 .tenant = options.tenant,
                                 .time_zone = options.time_zone,
                                 .zone_note = "",
                                 .currency = options.currency,
                                 .country = options.country};
    if (file.source.empty()) file.source = discovery::plain_name(catalogue.database);
    if (file.source.empty()) file.source = options.connector;
    if (!file.time_zone.empty() || !has_times(catalogue)) return file;
    const bool known = mapping::Zone::find(catalogue.time_zone).has_value();
    file.time_zone = known ? catalogue.time_zone : "UTC";
    file.zone_note = known ? "the database's own; is it the one that the application's clocks show?"
                           : "the database names none; which one do the application's clocks show?";
    return file;
}

/// Never takes another file's place; one that holds a secret is for its owner's eyes.
bool write_file(const std::filesystem::path& path, const std::string& text, bool secret) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0600 : 0644);
    const auto wrote = file < 0 ? -1 : ::write(file, text.data(), text.size());
    const bool whole = wrote == static_cast<ssize_t>(text.size());
    const int code = errno;
    if ((file < 0 || ::close(file) == 0) && whole) return true;
    complain(fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(code)));
    return false;
}

/// What this program wrote must be what it accepts; what the user gave (a currency, a name) may be wrong.
bool passes_lint(const std::string& text, const DiscoverOptions& options) {
    Diagnostics diagnostics;
    const std::string name = options.output.empty() ? "standard output" : options.output.string();
    const auto configuration = Configuration::parse(text, name, connectors(), process_environment(), diagnostics);
    for (const Diagnostic& each : diagnostics.sorted())
        if (each.severity == Severity::error)
            complain(fmt::format("{}:{}:{}: {}", name, each.place.line, each.place.column, each.message));
    if (diagnostics.has_errors())
        complain(
            "nothing is written: an option is wrong, or else this is a mistake of this program, around which "
            "--tables leads");
    return !diagnostics.has_errors();
}

int write_configuration(const DiscoverOptions& options, const SourceOptions& source, table::Catalogue catalogue) {
    if (const std::size_t dropped = discovery::drop_unspellable(catalogue); dropped > 0)
        complain(fmt::format("{} tables and columns are left out: no configuration can spell their names", dropped));
    const auto streams = discovery::propose(catalogue);
    const std::string text = discovery::write_yaml(file_settings(options, source, catalogue), catalogue, streams);
    const auto running = std::ranges::count_if(streams, &discovery::StreamGuess::runs);
    if (running > 0 && !passes_lint(text, options)) return exit_check_failed;
    const std::string bare = source.bare_secret();
    if (!bare.empty())
        complain(
            fmt::format("the value of --{0} was seen by whoever lists processes, and stands in the file: "
                        "--{0} '${{VAR}}' or '${{file:PATH}}' avoids both",
                        bare));
    if (options.output.empty())
        (void)std::fputs(text.c_str(), stdout);
    else if (!write_file(options.output, text, !bare.empty()))
        return exit_check_failed;
    if (running == 0) {
        complain(
            fmt::format("in none of {} tables was an entity recognised: the file needs `entity` and `fields` of "
                        "at least one of them, `tributary describe` lists what there is",
                        streams.size()));
        return exit_check_failed;
    }
    if (!options.output.empty())
        fmt::print(stderr, "{0}: {1} of {2} tables as streams; next: tributary lint --online -c {0}\n",
                   options.output.string(), running, streams.size());
    return 0;
}

}  // namespace

int discover_command(const DiscoverOptions& options) {
    const Connector& connector = connector_called(options.connector);
    const SourceOptions source(options, connector);
    if (!source.good()) return exit_usage;
    std::error_code ignored;  // writing says it
    if (!options.output.empty() && std::filesystem::exists(options.output, ignored)) {
        complain(fmt::format("{} is there already: name another file", options.output.string()));
        return exit_usage;
    }
    const Deadline deadline{std::chrono::seconds(options.patience)};
    auto catalogue = dynamic_cast<const table::Catalogued&>(connector).catalogue(
        source.settings(), {options.schemas, options.tables}, deadline.token());
    if (!catalogue) {
        complain(source.redactor().redact(
            catalogue.error().code == "stopped"
                ? fmt::format("no answer within {} s; --seconds gives it more time", options.patience)
                : catalogue.error().what));
        return exit_check_failed;
    }
    if (catalogue->tables.empty()) {
        complain(fmt::format("no table in '{}'{}: is it the right database, and may its user SELECT?",
                             catalogue->database,
                             options.tables.empty() && options.schemas.empty() ? "" : " fits --schema and --tables"));
        return exit_check_failed;
    }
    return write_configuration(options, source, std::move(*catalogue));
}

}  // namespace tributary
