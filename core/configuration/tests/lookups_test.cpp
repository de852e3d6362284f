#include <catch2/catch.hpp>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/configuration/tests/no_source.hpp"

namespace tributary {
namespace {

constexpr Option stream_options[] = {{.name = "table", .help = "The table."}};
constexpr Option lookup_options[] = {lookup_key, lookup_every, {.name = "table", .help = "The table."}};

class Looking : public Connector {
  public:
    explicit Looking(bool has_lookups) : has_lookups_(has_lookups) {}
    std::string_view name() const override { return has_lookups_ ? "looks" : "blind"; }
    std::string_view summary() const override { return "Has look-ups or none"; }
    std::span<const Option> source_options() const override { return {}; }
    std::span<const Option> stream_options() const override { return tributary::stream_options; }
    std::span<const Option> lookup_options() const override {
        return has_lookups_ ? std::span<const Option>(tributary::lookup_options) : std::span<const Option>();
    }
    std::span<const std::string_view> offers() const override { return {}; }
    std::unique_ptr<Source> configure(const SourceSettings& settings, Diagnostics&) const override {
        asked.clear();
        for (const auto& lookup : settings.lookups)
            asked += lookup.name + "(" + lookup.settings.text("table") + ")" + [&] {
                std::string columns;
                for (const auto& column : lookup.columns) columns += " " + column;
                return columns;
            }() + ";";
        return std::make_unique<NoSource>();
    }
    mutable std::string asked;

  private:
    bool has_lookups_;
};

struct Parsed {
    Looking looks{true};
    Looking blind{false};
    Diagnostics diagnostics;
    std::unique_ptr<Configuration> configuration;

    Parsed(const std::string& connector, const std::string& lookups) {
        const Connector* const connectors[] = {&looks, &blind};
        const std::string stream = "{entity: customer, key: [id], fields: {name: name, attributes: {";
        configuration = Configuration::parse(
            "tenant: acme\ninstance: one\nkafka: {brokers: [k:1], topic_prefix: t}\nsources:\n  shop:\n"
            "    connector: " +
                connector + "\n    lookups: " + lookups + "\n    streams:\n      a: " + stream +
                "x: {lookup: terms, from: t, take: days}}}}\n      b: " + stream +
                "y: {lookup: terms, from: t, take: label.short}, z: {lookup: terms, from: t, take: days}}}, space: "
                "b}\n",
            "t.yaml", connectors, [](std::string_view) { return std::nullopt; }, diagnostics);
    }
    bool says(const std::string& what) const { return diagnostics.text().find(what) != std::string::npos; }
};

}  // namespace

TEST_CASE("a look-up is asked for its key and whatever the streams of its source take", "[configuration]") {
    Parsed parsed("looks", "{terms: {table: fin.terms, key: [code]}, rates: {table: fin.rates, key: id, every: 1h}}");
    INFO(parsed.diagnostics.text());
    REQUIRE_FALSE(parsed.diagnostics.has_errors());
    CHECK(parsed.looks.asked == "terms(fin.terms) code days label;rates(fin.rates) id;");
    const auto& lookups = parsed.configuration->sources.at(0).lookups;
    REQUIRE(lookups.size() == 2);
    CHECK(lookups[0].every == 600'000'000);
    CHECK(lookups[0].takes.at(0).place.line == 9);
    CHECK(lookups[1].every == 3'600'000'000);
    CHECK(lookups[1].takes.empty());
    CHECK(parsed.says("7:55: warning: no field looks anything up in 'rates'"));
}

TEST_CASE("mistakes in a look-up's definition are told at their places", "[configuration]") {
    CHECK(Parsed("looks", "{terms: {tabel: t, key: [code]}}").says("did you mean 'table'"));
    CHECK(Parsed("looks", "{terms: {table: t}}").says("needs 'key'"));
    CHECK(Parsed("looks", "{term: {table: t, key: [code]}}").says("did you mean 'term'"));
    CHECK(Parsed("blind", "{terms: {key: [code]}}").says("unknown option 'lookups'"));
}

}  // namespace tributary
