#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/configuration/tests/no_source.hpp"

namespace tributary {
namespace {

class Plain : public Connector {
  public:
    std::string_view name() const override { return "plain"; }
    std::string_view summary() const override { return "Takes every setting"; }
    std::span<const Option> source_options() const override { return {}; }
    std::span<const Option> stream_options() const override { return {}; }
    std::span<const std::string_view> offers() const override { return {}; }
    std::unique_ptr<Source> configure(const SourceSettings&, Diagnostics&) const override {
        return std::make_unique<NoSource>();
    }
};

/// What lint finds in a configuration whose sources are these lines.
std::string findings(const std::string& sources) {
    static const Plain plain;
    static const Connector* const connectors[] = {&plain};
    Diagnostics diagnostics;
    const auto none = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    const std::string text =
        "{tenant: a, instance: b, kafka: {brokers: embedded, topic_prefix: p}, sources: {\n" + sources + "}}\n";
    const auto configuration = Configuration::parse(text, "c.yaml", connectors, none, diagnostics);
    return diagnostics.text();
}

const std::string customers = "customers: {entity: customer, key: [id], fields: {name: name}}";

std::string payments(const std::string& reference) {
    return "payments: {entity: payment, key: [id], fields: {number: n,\n customer: " + reference + "}}";
}

}  // namespace

TEST_CASE("a reference to what a stream makes, of this source or another, needs no warning") {
    CHECK(findings("shop: {connector: plain, streams: {" + customers + ",\n" +
                   payments("{reference: customer, from: c}") + "}}")
              .empty());
    CHECK(findings("shop: {connector: plain, streams: {" + customers + "}},\ntill: {connector: plain, streams: {" +
                   payments("{reference: customer, space: shop, from: c}") + "}}")
              .empty());
}

TEST_CASE("lint warns of a reference that no stream makes, at its space or at the entity") {
    CHECK(findings("shop: {connector: plain, streams: {" + customers + ",\n" +
                   payments("{reference: customer, space: shpo, from: c}") + "}}") ==
          "c.yaml:4:41: warning: no stream makes a customer in space 'shpo', only in 'shop': its id is published all "
          "the same\n");
    CHECK(findings("till: {connector: plain, streams: {" + payments("{reference: customer, from: c}") + "}}") ==
          "c.yaml:3:24: warning: no stream makes a customer in space 'till': its id is published all the same\n");
}

TEST_CASE("lint warns of references in lines and attributes, too") {
    const std::string found = findings(
        "shop: {connector: plain, streams: {orders: {entity: sales_order, key: [id], fields: {number: n,\n"
        " lines: {each: rows, fields: {product: {reference: product, from: sku}}},\n"
        " attributes: {seller: {reference: customer, from: s}}}}}}");
    CHECK_THAT(found, Catch::Contains("c.yaml:3:52: warning: no stream makes a product in space 'shop'"));
    CHECK_THAT(found, Catch::Contains("c.yaml:4:35: warning: no stream makes a customer in space 'shop'"));
}

TEST_CASE("a key that is none hides no finding about the rest of the configuration") {
    const std::string found = findings(
        "shop: {connector: plain, ~: x, streams: {customers: {entity: custmer, key: [id], key: [no],\n"
        " every: !soon 10, fields: {name: name}}}}");
    CHECK_THAT(found, Catch::Contains("c.yaml:2:26: error: a key cannot be empty or null"));
    CHECK_THAT(found, Catch::Contains("error: duplicate key 'key'"));
    CHECK_THAT(found, Catch::Contains("error: no entity 'custmer', did you mean 'customer'?"));
    CHECK_THAT(found, Catch::Contains("c.yaml:3:9: error: tags such as '!soon'"));
    CHECK_THAT(found, !Catch::Contains("duration"));  // what follows from the tag is no news
}

TEST_CASE("what a broken text would have said is not reported as missing") {
    Diagnostics diagnostics;
    const auto none = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    const auto configuration = Configuration::parse("tenant: [", "c.yaml", {}, none, diagnostics);
    CHECK(diagnostics.sorted().size() == 1);
}

}  // namespace tributary
