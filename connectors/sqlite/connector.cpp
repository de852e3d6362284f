#include "connectors/sqlite/connector.hpp"

#include <array>
#include <filesystem>

#include "connectors/kit/table/options.hpp"
#include "connectors/kit/table/source.hpp"
#include "connectors/sqlite/catalogue.hpp"
#include "connectors/sqlite/reader.hpp"

namespace tributary::sqlite {
namespace {

constexpr std::array source_options{
    Option{.name = "path",
           .help = "The database file; it is opened for reading only.",
           .required = true,
           .example = "/var/lib/shop/shop.db"},
    Option{.name = "busy_timeout",
           .type = OptionType::duration,
           .help = "How long a read waits for a writer that holds the whole file.",
           .fallback = "500ms",
           .at_least = 0,
           .at_most = 60'000},
};

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

FileSettings file_settings(const Settings& settings) {
    FileSettings file{.path = settings.text("path")};
    if (const auto timeout = settings.duration("busy_timeout")) file.busy_timeout = *timeout;
    return file;
}

class SqliteConnector : public Connector, public table::Catalogued {
  public:
    explicit SqliteConnector(walk::WalkRules rules = {}) : rules_(rules) {}

    std::string_view name() const override { return "sqlite"; }
    std::string_view summary() const override { return "Tables and queries of a SQLite file"; }
    std::span<const Option> source_options() const override { return sqlite::source_options; }
    std::span<const Option> stream_options() const override { return table::stream_options; }
    std::span<const Option> lookup_options() const override { return table::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        const FileSettings file = file_settings(settings.settings);
        const auto reader = [file](const table::Definition& definition, table::Turn) {
            return std::make_unique<SqliteReader>(file, definition);
        };
        return table::make_source(settings, {.reader = reader, .rules = rules_}, diagnostics);
    }

    Result<table::Catalogue> catalogue(const Settings& source, const table::CatalogueScope& scope,
                                       std::stop_token stop) const override {
        const FileSettings file = file_settings(source);
        auto database = Database::open(file.path, file.busy_timeout);
        if (!database) return std::unexpected(database.error());
        (*database)->stop_by(std::move(stop));
        auto catalogue = read_catalogue(**database, scope);
        if (catalogue) catalogue->database = std::filesystem::path(file.path).stem().string();
        return catalogue;
    }

  private:
    walk::WalkRules rules_;
};

}  // namespace

const Connector& connector() {
    static const SqliteConnector shared;
    return shared;
}

std::unique_ptr<Connector> connector_with(const walk::WalkRules& rules) {
    return std::make_unique<SqliteConnector>(rules);
}

}  // namespace tributary::sqlite
