#include "connectors/postgres/connector.hpp"

#include <array>

#include "connectors/kit/table/options.hpp"
#include "connectors/kit/table/sessions.hpp"
#include "connectors/kit/table/source.hpp"
#include "connectors/postgres/catalogue.hpp"
#include "connectors/postgres/reader.hpp"

namespace tributary::postgres {
namespace {

constexpr std::array source_options{
    Option{.name = "dsn",
           .help = "Connection string, a URI or key=value pairs as libpq takes them.",
           .required = true,
           .secret = true,
           .example = "postgresql://crmfeed@db.acme.example/wms?sslmode=verify-full"},
    Option{.name = "application_name",
           .help = "How the sessions are called in pg_stat_activity.",
           .fallback = "tributary"},
    Option{.name = "statement_timeout",
           .type = OptionType::duration,
           .help = "The server ends a read that runs longer, and it is tried again; 0: no limit.",
           .fallback = "10m",
           .at_least = 0},
    Option{.name = "lock_timeout",
           .type = OptionType::duration,
           .help = "How long a read waits for somebody who locks the table, as ALTER TABLE does, before it is tried "
                   "again; 0: no limit.",
           .fallback = "10s",
           .at_least = 0},
    table::connections_option,
};

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

ServerSettings server_settings(const Settings& settings) {
    ServerSettings server{.dsn = settings.text("dsn"), .application_name = settings.text("application_name")};
    if (const auto timeout = settings.duration("statement_timeout")) server.statement_timeout = *timeout;
    if (const auto timeout = settings.duration("lock_timeout")) server.lock_timeout = *timeout;
    return server;
}

constexpr const char* no_connection_string =
    "no connection string of PostgreSQL: expected postgresql://user@host/database or host=… dbname=…";

class PostgresConnector : public Connector, public table::Catalogued {
  public:
    explicit PostgresConnector(walk::WalkRules rules = {}) : rules_(rules) {}

    std::string_view name() const override { return "postgres"; }
    std::string_view summary() const override { return "Tables and queries of a PostgreSQL database"; }
    std::span<const Option> source_options() const override { return postgres::source_options; }
    std::span<const Option> stream_options() const override { return table::stream_options; }
    std::span<const Option> lookup_options() const override { return table::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        const ServerSettings server = server_settings(settings.settings);
        if (!server.dsn.empty() && !is_connection_string(server.dsn)) {
            diagnostics.error(settings.settings.place("dsn"), no_connection_string);
            return nullptr;
        }
        const auto most =
            static_cast<std::size_t>(settings.settings.integer("connections").value_or(table::usual_connections));
        const auto sessions = std::make_shared<table::Sessions<Connection>>(
            most, [server](std::stop_token stop) { return Connection::open(server, std::move(stop)); });
        const auto reader = [server, sessions](const table::Definition& definition, table::Turn turn) {
            return std::make_unique<PostgresReader>(server, sessions, definition, turn);
        };
        return table::make_source(settings, {.reader = reader, .connections = most, .spare = most - 1, .rules = rules_},
                                  diagnostics);
    }

    Result<table::Catalogue> catalogue(const Settings& source, const table::CatalogueScope& scope,
                                       std::stop_token stop) const override {
        const ServerSettings server = server_settings(source);
        if (!is_connection_string(server.dsn)) return fail(Verdict::stop, "bad_dsn", no_connection_string);
        auto connection = Connection::open(server, stop);
        if (!connection) return std::unexpected(connection.error());
        return read_catalogue(**connection, scope, stop);
    }

  private:
    walk::WalkRules rules_;
};

}  // namespace

const Connector& connector() {
    static const PostgresConnector shared;
    return shared;
}

std::unique_ptr<Connector> connector_with(const walk::WalkRules& rules) {
    return std::make_unique<PostgresConnector>(rules);
}

}  // namespace tributary::postgres
