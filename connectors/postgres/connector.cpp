#include "connectors/postgres/connector.hpp"

#include <array>

#include "connectors/kit/table/options.hpp"
#include "connectors/kit/table/source.hpp"
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
};

constexpr std::array<std::string_view, 3> offered{"keys", "fetch", "check"};

class PostgresConnector : public Connector {
  public:
    explicit PostgresConnector(walk::WalkRules rules = {}) : rules_(rules) {}

    std::string_view name() const override { return "postgres"; }
    std::string_view summary() const override { return "Tables and queries of a PostgreSQL database"; }
    std::span<const Option> source_options() const override { return postgres::source_options; }
    std::span<const Option> stream_options() const override { return table::stream_options; }
    std::span<const Option> lookup_options() const override { return table::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        ServerSettings server{.dsn = settings.settings.text("dsn"),
                              .application_name = settings.settings.text("application_name")};
        if (const auto timeout = settings.settings.duration("statement_timeout")) server.statement_timeout = *timeout;
        if (const auto timeout = settings.settings.duration("lock_timeout")) server.lock_timeout = *timeout;
        if (!server.dsn.empty() && !is_connection_string(server.dsn)) {
            diagnostics.error(settings.settings.place("dsn"),
                              "no connection string of PostgreSQL: expected postgresql://user@host/database or "
                              "host=… dbname=…");
            return nullptr;
        }
        const auto reader = [server](const table::Definition& definition) {
            return std::make_unique<PostgresReader>(server, definition);
        };
        return table::make_source(settings, reader, rules_, diagnostics);
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
