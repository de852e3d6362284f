#include "connectors/mariadb/connector.hpp"

#include <algorithm>
#include <array>

#include "connectors/kit/table/options.hpp"
#include "connectors/kit/table/sessions.hpp"
#include "connectors/kit/table/source.hpp"
#include "connectors/mariadb/catalogue.hpp"
#include "connectors/mariadb/reader.hpp"

namespace tributary::mariadb {
namespace {

/// In the order of `Tls`.
constexpr std::array<std::string_view, 4> tls_modes{"off", "preferred", "required", "verify"};

constexpr std::array source_options{
    Option{.name = "host", .help = "Where the server listens.", .fallback = "127.0.0.1", .example = "db.acme.example"},
    Option{.name = "port",
           .type = OptionType::integer,
           .help = "The server's port.",
           .fallback = "3306",
           .at_least = 1,
           .at_most = 65'535},
    Option{.name = "socket",
           .help = "The server's socket file, in place of host and port.",
           .example = "/run/mysqld/mysqld.sock"},
    Option{.name = "user", .help = "A user that may SELECT.", .required = true, .example = "crmfeed"},
    Option{.name = "password", .help = "Its password.", .secret = true, .example = "${file:/run/secrets/warehouse}"},
    Option{.name = "database", .help = "Of tables without one in their name.", .required = true, .example = "wms"},
    Option{.name = "tls",
           .type = OptionType::choice,
           .help =
               "Encryption: `preferred` when the server can, `required` always, `verify` only with a certificate of "
               "the host's name.",
           .fallback = "preferred",
           .choices = tls_modes},
    Option{.name = "tls_ca",
           .help = "Certificates to verify the server's with, a PEM file; default the system's.",
           .example = "/etc/ssl/acme-ca.pem"},
    Option{.name = "tls_certificate",
           .help = "This side's certificate, where the server asks for one; a PEM file.",
           .example = "/etc/tributary/client.pem"},
    Option{.name = "tls_key", .help = "Its key; a PEM file.", .example = "/etc/tributary/client.key"},
    Option{.name = "connect_timeout",
           .type = OptionType::duration,
           .help = "How long the server may take to accept a session.",
           .fallback = "10s",
           .at_least = 100,
           .at_most = 120'000},
    table::connections_option,
};

constexpr std::array<std::string_view, 4> offered{"keys", "fetch", "search", "check"};

ServerSettings server_settings(const Settings& settings) {
    const auto mode = std::find(tls_modes.begin(), tls_modes.end(), settings.text("tls"));
    return {.host = settings.text("host"),
            .port = static_cast<unsigned>(settings.integer("port").value_or(3306)),
            .socket = settings.text("socket"),
            .user = settings.text("user"),
            .password = settings.text("password"),
            .database = settings.text("database"),
            .tls = mode == tls_modes.end() ? Tls::preferred : static_cast<Tls>(mode - tls_modes.begin()),
            .tls_ca = settings.text("tls_ca"),
            .tls_certificate = settings.text("tls_certificate"),
            .tls_key = settings.text("tls_key"),
            .connect_timeout = settings.duration("connect_timeout").value_or(std::chrono::seconds(10))};
}

/// What contradicts itself would else be dropped without a word.
void check(const Settings& settings, Diagnostics& diagnostics) {
    if (settings.has("socket") && (settings.has("host") || settings.has("port")))
        diagnostics.error(settings.place("socket"), "give `socket`, or `host` and `port`, not both");
    for (const char* const name : {"tls_ca", "tls_certificate", "tls_key"})
        if (settings.has(name) && settings.text("tls") == "off")
            diagnostics.error(settings.place(name), "means nothing with `tls: off`");
    if (settings.has("tls_ca") && settings.text("tls") != "off" && settings.text("tls") != "verify")
        diagnostics.error(settings.place("tls_ca"), "is only asked with `tls: verify`");
    if (settings.has("tls_certificate") != settings.has("tls_key"))
        diagnostics.error(settings.place(settings.has("tls_key") ? "tls_key" : "tls_certificate"),
                          "`tls_certificate` and `tls_key` belong together");
}

class MariadbConnector : public Connector, public table::Catalogued {
  public:
    explicit MariadbConnector(walk::WalkRules rules = {}) : rules_(rules) {}

    std::string_view name() const override { return "mariadb"; }
    std::string_view summary() const override { return "Tables and queries of a MariaDB or MySQL database"; }
    std::span<const Option> source_options() const override { return mariadb::source_options; }
    std::span<const Option> stream_options() const override { return table::stream_options; }
    std::span<const Option> lookup_options() const override { return table::lookup_options; }
    std::span<const std::string_view> offers() const override { return offered; }

    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        Diagnostics own;
        check(settings.settings, own);
        diagnostics.add(own);
        if (own.has_errors()) return nullptr;
        const ServerSettings server = server_settings(settings.settings);
        const auto most =
            static_cast<std::size_t>(settings.settings.integer("connections").value_or(table::usual_connections));
        const auto sessions = std::make_shared<table::Sessions<Connection>>(
            most, [server](std::stop_token stop) { return Connection::open(server, std::move(stop)); });
        const auto reader = [sessions](const table::Definition& definition, table::Turn turn) {
            return std::make_unique<MariadbReader>(sessions, definition, turn);
        };
        return table::make_source(settings, {.reader = reader, .connections = most, .spare = most - 1, .rules = rules_},
                                  diagnostics);
    }

    Result<table::Catalogue> catalogue(const Settings& source, const table::CatalogueScope& scope,
                                       std::stop_token stop) const override {
        auto connection = Connection::open(server_settings(source), stop);
        if (!connection) return std::unexpected(connection.error());
        return read_catalogue(**connection, scope, stop);
    }

  private:
    walk::WalkRules rules_;
};

}  // namespace

const Connector& connector() {
    static const MariadbConnector shared;
    return shared;
}

std::unique_ptr<Connector> connector_with(const walk::WalkRules& rules) {
    return std::make_unique<MariadbConnector>(rules);
}

}  // namespace tributary::mariadb
