#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/configuration/tests/no_source.hpp"
#include "core/settings/redact.hpp"
#include "core/settings/tests/temporary_directory.hpp"

namespace tributary {
namespace {

constexpr Option source_options[] = {
    {.name = "host", .help = "What an operator has to read."},
    {.name = "dsn", .help = "Where the rows are.", .secret = true},
};
constexpr Option stream_options[] = {
    {.name = "table", .help = "The table."},
    {.name = "token", .help = "Opens the table.", .secret = true},
};

/// Quotes its DSN in a finding when the host is `none`.
class Quoting : public Connector {
  public:
    std::string_view name() const override { return "quoting"; }
    std::string_view summary() const override { return "Quotes what it is given"; }
    std::span<const Option> source_options() const override { return tributary::source_options; }
    std::span<const Option> stream_options() const override { return tributary::stream_options; }
    std::span<const std::string_view> offers() const override { return {}; }
    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics& diagnostics) const override {
        if (settings.settings.text("host") != "none") return std::make_unique<NoSource>();
        diagnostics.error(settings.settings.place("dsn"), "cannot read " + settings.settings.text("dsn"));
        return nullptr;
    }
};

struct Parsed {
    TemporaryDirectory directory;
    Diagnostics diagnostics;
    std::unique_ptr<Configuration> configuration;

    /// `kafka` and `source` are lines of their maps; `${file:canary}` holds "c4n4ry".
    Parsed(const std::string& kafka, const std::string& source, const std::string& stream = "table: t") {
        directory.write("canary", "c4n4ry\n");
        const std::string text =
            "tenant: acme\ninstance: one\nkafka:\n  brokers: [\"${HOST}:9092\"]\n  topic_prefix: t\n" + kafka +
            "sources:\n  shop:\n    connector: quoting\n" + source +
            "    streams:\n      customers:\n        entity: customer\n        key: [id]\n        " + stream +
            "\n        fields: {name: name}\n";
        static const Quoting quoting;
        static const Connector* const connectors[] = {&quoting};
        const Environment environment = [](std::string_view name) -> std::optional<std::string> {
            if (name == "CANARY") return "c4n4ry";
            if (name == "HOST") return "none-such";
            if (name == "USER") return "root";
            return std::nullopt;
        };
        configuration =
            Configuration::parse(text, (directory.path() / "c.yaml").string(), connectors, environment, diagnostics);
    }

    std::string shown(std::string text) const {
        REQUIRE(diagnostics.text().empty());
        return Redactor(configuration->secrets()).redact(std::move(text));
    }
};

TEST_CASE("a secret shows nowhere, whichever way it came into the configuration") {
    const std::string none;
    CHECK(Parsed(none, "    dsn: c4n4ry\n").shown("refused: c4n4ry") == "refused: ***");
    CHECK(Parsed(none, "    dsn: ${CANARY}\n").shown("refused: c4n4ry") == "refused: ***");
    CHECK(Parsed(none, "    dsn: postgres://crm:${CANARY}@db/erp\n").shown("refused: c4n4ry") == "refused: ***");
    CHECK(Parsed(none, "    dsn: host=db password=c4n4ry\n").shown("refused: c4n4ry") == "refused: ***");
    CHECK(Parsed(none, "    host: ${file:canary}\n").shown("refused: c4n4ry") == "refused: ***");
    CHECK(Parsed(none, "", "token: ${CANARY}").shown("refused: c4n4ry") == "refused: ***");
}

TEST_CASE("passwords among the properties of Kafka are secrets, names and mechanisms are none") {
    const auto with = [](const std::string& property) {
        return Parsed("  properties: {" + property + "}\n", "").shown("c4n4ry PLAIN root");
    };
    CHECK(with("sasl.password: c4n4ry") == "*** PLAIN root");
    CHECK(with("sasl.password: \"${CANARY}\", sasl.username: \"${USER}\"") == "*** PLAIN root");
    CHECK(with("sasl.oauthbearer.config: c4n4ry, sasl.mechanism: PLAIN") == "*** PLAIN root");
    CHECK(with("ssl.key.password: c4n4ry") == "*** PLAIN root");
    CHECK(with("ssl.keystore.password: \"${CANARY}\"") == "*** PLAIN root");
    CHECK(with("ssl.key.pem: c4n4ry") == "*** PLAIN root");
    CHECK(with("client.rack: \"${CANARY}\"") == "c4n4ry PLAIN root");
}

TEST_CASE("a variable in an option that is no secret shows") {
    const Parsed parsed("", "    host: ${USER}\n    dsn: postgres://${USER}:${CANARY}@${HOST}/erp\n");
    CHECK(parsed.shown("none-such:9092 refuses root: the root of all, with c4n4ry") ==
          "none-such:9092 refuses root: the root of all, with ***");
}

TEST_CASE("a finding that quotes a secret does not show it") {
    const Parsed parsed("", "    host: none\n    dsn: c4n4ry\n");
    const std::string text = parsed.diagnostics.text();
    CHECK(text.ends_with("error: cannot read ***\n"));
}

}  // namespace
}  // namespace tributary
