#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/configuration/tests/no_source.hpp"

namespace tributary {
namespace {

class Silent : public Connector {
  public:
    std::string_view name() const override { return "silent"; }
    std::string_view summary() const override { return "Reads nothing"; }
    std::span<const Option> source_options() const override { return {}; }
    std::span<const Option> stream_options() const override { return {}; }
    std::span<const std::string_view> offers() const override { return {}; }
    std::unique_ptr<Source> configure(const SourceSettings&, Diagnostics&) const override {
        return std::make_unique<NoSource>();
    }
};

constexpr const char* orders =
    "orders: {entity: sales_order, key: [id], fields: {number: n, customer: {reference: customer, from: c}}}";

/// Streams of a source `shop`, one a line from line 7 on; its customers are made.
struct Parsed {
    Silent silent;
    Diagnostics diagnostics;
    std::unique_ptr<Configuration> configuration;

    explicit Parsed(const std::vector<std::string>& streams) {
        std::string text =
            "tenant: acme\ninstance: one\nkafka: {brokers: [k:1], topic_prefix: t}\nsources:\n  shop:\n"
            "    connector: silent\n    streams:\n";
        for (const std::string& stream : streams) text += "      " + stream + "\n";
        text += "      customers: {entity: customer, key: [id], fields: {name: n}}\n";
        const Connector* const connectors[] = {&silent};
        configuration = Configuration::parse(
            text, "t.yaml", connectors, [](std::string_view) { return std::nullopt; }, diagnostics);
    }
    const StreamConfiguration::Part& part(std::string_view stream) {
        INFO(diagnostics.text());
        REQUIRE_FALSE(diagnostics.has_errors());
        return configuration->sources.at(0).stream(stream)->parts.at(0);
    }
    bool says(const std::string& what) const { return diagnostics.text().find(what) != std::string::npos; }
};

std::string through(const std::string& stream, const std::string& entity, const std::string& target,
                    const std::string& more = "") {
    return stream + ": {entity: " + entity +
           ", key: [id], fields: {number: n, customer: {reference: customer, through: {" + target + ": o}}}" + more +
           "}";
}

}  // namespace

TEST_CASE("what takes something of others keeps records, what is taken of needs none", "[configuration]") {
    Parsed parsed({orders, through("shipments", "shipment", "sales_order")});
    CHECK(parsed.part("shipments").shared);
    CHECK(parsed.part("shipments").joined);
    CHECK_FALSE(parsed.part("orders").shared);
    CHECK(parsed.diagnostics.text().empty());
}

TEST_CASE("a chain is no circle", "[configuration]") {
    Parsed parsed({orders, through("shipments", "shipment", "sales_order"), through("invoices", "invoice", "shipment"),
                   through("payments", "payment", "invoice")});
    CHECK(parsed.part("payments").joined);
    CHECK(parsed.diagnostics.text().empty());
}

TEST_CASE("what would come through itself is an error at its place", "[configuration]") {
    const Parsed circle({through("shipments", "shipment", "invoice"), through("invoices", "invoice", "shipment"),
                         through("payments", "payment", "invoice")});
    CHECK(circle.says("8:110: error: customer_id of shipment in space 'shop' would come through itself"));
    CHECK(circle.says("9:108: error: customer_id of invoice in space 'shop' would come through itself"));
    CHECK_FALSE(circle.says("t.yaml:10:"));
    CHECK(Parsed({through("invoices", "invoice", "invoice")}).says("error: customer_id of invoice"));
    // the invoices of another space are others
    CHECK_FALSE(Parsed({through("invoices", "invoice", "invoice", ", space: credit"),
                        "first: {entity: invoice, key: [id], fields: {number: n}}"})
                    .diagnostics.has_errors());
}

TEST_CASE("an entity that no stream makes is a warning", "[configuration]") {
    const Parsed parsed({through("shipments", "shipment", "sales_order")});
    CHECK_FALSE(parsed.diagnostics.has_errors());
    CHECK(parsed.says("8:110: warning: no stream makes a sales_order in space 'shop'"));
}

}  // namespace tributary
