#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/configuration/tests/no_source.hpp"

namespace tributary {
namespace {

constexpr Option source_options[] = {{.name = "host", .help = "Where it is."}};
constexpr Option stream_options[] = {{.name = "table", .help = "The table."}};
constexpr std::string_view listed[] = {"keys", "fetch"};

class Plain : public Connector {
  public:
    Plain(std::string_view name, std::span<const std::string_view> offers) : name_(name), offers_(offers) {}
    std::string_view name() const override { return name_; }
    std::string_view summary() const override { return "Offers what it is told to"; }
    std::span<const Option> source_options() const override { return tributary::source_options; }
    std::span<const Option> stream_options() const override { return tributary::stream_options; }
    std::span<const std::string_view> offers() const override { return offers_; }
    std::unique_ptr<Source> configure(const SourceSettings&, Diagnostics&) const override {
        return std::make_unique<NoSource>();
    }

  private:
    std::string_view name_;
    std::span<const std::string_view> offers_;
};

struct Parsed {
    Diagnostics diagnostics;
    std::unique_ptr<Configuration> configuration;

    Parsed(const std::string& connector, const std::string& stream) {
        static const Plain with("lists", listed);
        static const Plain without("pushes", {});
        static const Connector* const connectors[] = {&with, &without};
        const std::string text =
            "tenant: acme\ninstance: one\nkafka: {brokers: [k:1], topic_prefix: t}\nsources:\n  shop:\n    "
            "connector: " +
            connector + "\n    streams:\n      customers: {entity: customer, key: [id], fields: {name: name}, " +
            stream + "}\n";
        configuration = Configuration::parse(
            text, "t.yaml", connectors, [](std::string_view) { return std::nullopt; }, diagnostics);
    }
    const StreamConfiguration& stream() {
        INFO(diagnostics.text());
        REQUIRE_FALSE(diagnostics.has_errors());
        return configuration->sources.at(0).streams.at(0);
    }
};

TEST_CASE("deletes have defaults where only some of them are written", "[configuration]") {
    Parsed parsed("lists", "deletes: {every: 5m}, sweep: {every: 24h}");
    const auto& stream = parsed.stream();
    REQUIRE(stream.deletes);
    CHECK(stream.deletes->every == 300'000'000);
    CHECK(stream.deletes->at_most == 0.05);
    CHECK(stream.deletes->always == 20);
    CHECK(stream.sweep_every == 86'400'000'000);
    Parsed none("lists", "table: t");
    CHECK_FALSE(none.stream().deletes);
    CHECK(none.stream().sweep_every == 0);
}

TEST_CASE("a share that is none and a sweep without a time are refused at their places", "[configuration]") {
    CHECK(
        Parsed("lists", "deletes: {at_most: 5}").diagnostics.text().find("8:89: error: expected a share such as 5%") !=
        std::string::npos);
    CHECK(Parsed("lists", "sweep: {}").diagnostics.has_errors());
    CHECK(Parsed("lists", "deletes: {evry: 1h}").diagnostics.text().find("did you mean 'every'") != std::string::npos);
}

TEST_CASE("a connector that cannot list keys refuses to compare them", "[configuration]") {
    for (const char* const option : {"deletes: {every: 1h}", "sweep: {every: 1h}"})
        CHECK(Parsed("pushes", option).diagnostics.text().find("pushes cannot list the keys of a stream") !=
              std::string::npos);
}

}  // namespace
}  // namespace tributary
