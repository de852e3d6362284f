#include <array>
#include <catch2/catch.hpp>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/configuration/tests/no_source.hpp"

namespace tributary {
namespace {

constexpr Option stream_options[] = {{.name = "table", .help = "The table.", .required = true}};
constexpr Option lookup_options[] = {lookup_key, lookup_every, {.name = "table", .help = "The table."}};
constexpr std::string_view listed[] = {"keys", "fetch"};

constexpr std::string_view customers = R"(summary: Customers with their contacts.
stream:
  table: partner
  key: [id]
  every: 1m
  deletes: {every: 1h}
  entity: customer
  fields:
    name: name
    type: {match: [{when: {company: true}, is: organisation}], else: person}
    tax_number: {from: vat, trim: true}
    addresses: [{street: street, country: {from: country, map: countries}}]
with:
  contacts:
    table: contact
    key: [id]
    of: {customer: partner_id}
    fields: {emails: [{address: email}]}
lookups:
  terms: {table: terms, key: [code]}
maps:
  countries: {Poland: PL}
)";
constexpr std::string_view orders = R"(summary: Orders.
needs: {time_zone: its times have no zone}
stream:
  table: sale
  key: [id]
  entity: sales_order
  fields:
    number: number
    customer: {reference: customer, from: partner_id}
    total: {from: amount, type: decimal}
    nonsense: column
)";
constexpr std::array<EmbeddedFile, 1> shop_mappings{{{"shop/customer", customers}}};
constexpr std::array<EmbeddedFile, 1> till_mappings{{{"till/order", orders}}};

class Ready : public Connector {
  public:
    Ready(std::string_view name, std::span<const EmbeddedFile> mappings) : name_(name), mappings_(mappings) {}
    std::string_view name() const override { return name_; }
    std::string_view summary() const override { return "Comes with mappings"; }
    std::span<const Option> source_options() const override { return {}; }
    std::span<const Option> stream_options() const override { return tributary::stream_options; }
    std::span<const Option> lookup_options() const override { return tributary::lookup_options; }
    std::span<const std::string_view> offers() const override { return listed; }
    std::span<const EmbeddedFile> mappings() const override { return mappings_; }
    std::unique_ptr<Source> configure(const SourceSettings&, Diagnostics&) const override {
        return std::make_unique<NoSource>();
    }

  private:
    std::string_view name_;
    std::span<const EmbeddedFile> mappings_;
};

struct Parsed {
    Diagnostics diagnostics;
    std::unique_ptr<Configuration> configuration;

    Parsed(const std::string& connector, const std::string& streams, const std::string& more = "") {
        static const Ready shop("shop", shop_mappings);
        static const Ready till("till", till_mappings);
        static const Ready bare("bare", {});
        static const Connector* const connectors[] = {&shop, &till, &bare};
        configuration = Configuration::parse(
            "tenant: acme\ninstance: one\nkafka: {brokers: [k:1], topic_prefix: t}\nsources:\n  s:\n    connector: " +
                connector + "\n" + more + "    streams:\n" + streams,
            "t.yaml", connectors, [](std::string_view) { return std::nullopt; }, diagnostics);
    }
    SourceConfiguration& source() {
        INFO(diagnostics.text());
        REQUIRE_FALSE(diagnostics.has_errors());
        return configuration->sources.at(0);
    }
    const StreamConfiguration& stream(std::string_view name) {
        const auto* found = source().stream(name);
        REQUIRE(found != nullptr);
        return *found;
    }
    const Node& field(std::string_view name) { return *stream("customers").node->find("fields")->find(name); }
    bool says(const std::string& what) const { return diagnostics.text().find(what) != std::string::npos; }
};

}  // namespace

TEST_CASE("what a mapping needs of the source's defaults is told where it is used without", "[configuration]") {
    const std::string streams = "      orders: {use: till/order}\n";
    const std::string said = "8:21: warning: till/order needs defaults.time_zone of the source: its times have no zone";
    CHECK(Parsed("till", streams).says(said));
    CHECK(Parsed("till", streams, "    defaults: {country: PL}\n").says("needs defaults.time_zone"));
    CHECK_FALSE(Parsed("till", streams, "    defaults: {time_zone: Europe/Warsaw}\n").says("needs defaults"));
    CHECK_FALSE(Parsed("till", streams, "    time_zone: Europe/Warsaw\n").says("needs defaults"));
    CHECK_FALSE(Parsed("shop", "      customers: {use: shop/customer}\n").says("needs defaults"));
}

TEST_CASE("a mapping that is used brings its stream, those that belong to it, its look-ups and maps",
          "[configuration]") {
    Parsed parsed("shop", "      customers: {use: shop/customer}\n");
    CHECK(parsed.source().streams.size() == 2);
    CHECK(parsed.stream("customers").every == 60'000'000);
    CHECK(parsed.stream("customers").node->find("use") == nullptr);
    CHECK(parsed.stream("customers_contacts").parts.at(0).adds);
    REQUIRE(parsed.source().lookups.size() == 1);
    CHECK(parsed.source().lookups.at(0).name == "terms");
}

TEST_CASE("what is written beside `use` goes over the mapping by key", "[configuration]") {
    Parsed parsed("shop",
                  "      customers:\n        use: shop/customer\n        every: 5s\n        deletes: ~\n"
                  "        fields: {tax_number: {from: nip}, addresses: [{city: city}], language: lang}\n");
    CHECK(parsed.stream("customers").every == 5'000'000);
    CHECK_FALSE(parsed.stream("customers").deletes);
    CHECK(parsed.field("name").scalar == "name");
    CHECK(parsed.field("language").scalar == "lang");
    CHECK(parsed.field("tax_number").find("from")->scalar == "nip");
    CHECK(parsed.field("tax_number").find("trim") != nullptr);
    REQUIRE(parsed.field("addresses").items.size() == 1);
    CHECK(parsed.field("addresses").items[0].find("street") == nullptr);
}

TEST_CASE("an expression that takes its value from elsewhere replaces the mapping's", "[configuration]") {
    Parsed parsed("shop",
                  "      customers: {use: shop/customer, fields: {type: {from: kind, map: {c: organisation}}}}\n");
    CHECK(parsed.field("type").find("match") == nullptr);
    CHECK(parsed.field("type").find("else") == nullptr);
    CHECK(parsed.field("type").find("from")->scalar == "kind");
}

TEST_CASE("a reference comes from a column or through another entity, whichever was written last", "[configuration]") {
    Parsed parsed(
        "till", "      orders: {use: till/order, fields: {nonsense: ~, customer: {through: {invoice: partner_id}}}}\n");
    const Node& customer = *parsed.stream("orders").node->find("fields")->find("customer");
    CHECK(customer.find("reference") != nullptr);
    CHECK(customer.find("from") == nullptr);
}

TEST_CASE("an object of fields replaces an expression, one that says more is merged", "[configuration]") {
    Parsed parsed("till",
                  "      orders: {use: till/order, fields: {nonsense: ~, customer: {space: b2b}, "
                  "total: {amount: {from: net, type: decimal}, currency: cur}}}\n");
    const Node& fields = *parsed.stream("orders").node->find("fields");
    CHECK(fields.find("customer")->find("from")->scalar == "partner_id");
    CHECK(fields.find("customer")->find("space")->scalar == "b2b");
    CHECK(fields.find("total")->find("from") == nullptr);
    CHECK(fields.find("nonsense") == nullptr);
}

TEST_CASE("the further streams follow the schedule of theirs, and `with` changes them", "[configuration]") {
    const std::string streams = "      customers:\n        use: shop/customer\n        every: 5s\n        space: b2b\n";
    Parsed parsed("shop", streams + "        with: {contacts: {table: person}}\n");
    CHECK(parsed.stream("customers_contacts").every == 5'000'000);
    CHECK(parsed.stream("customers_contacts").mapping->space() == "b2b");
    CHECK(parsed.stream("customers_contacts").node->find("table")->scalar == "person");
    Parsed own("shop", streams + "        with: {contacts: {every: 1h}}\n");
    CHECK(own.stream("customers_contacts").every == 3'600'000'000);
    Parsed without("shop", streams + "        with: {contacts: ~}\n");
    CHECK(without.source().streams.size() == 1);
}

TEST_CASE("look-ups and maps of the source go over the mapping's", "[configuration]") {
    Parsed parsed("shop", "      customers: {use: shop/customer}\n",
                  "    maps: {countries: {Polska: PL}}\n    lookups: {terms: {table: own}}\n");
    const Node& source = *parsed.source().node;
    CHECK(source.find("maps")->find("countries")->entries.size() == 2);
    CHECK(source.find("lookups")->find("terms")->find("table")->scalar == "own");
    CHECK(source.find("lookups")->find("terms")->find("key") != nullptr);
}

TEST_CASE("what was taken out of a map stays out, however many streams use it", "[configuration]") {
    Parsed parsed("shop", "      a: {use: shop/customer}\n      b: {use: shop/customer, space: other}\n",
                  "    maps: {countries: {Poland: ~, Polska: PL}}\n");
    CHECK(parsed.source().node->find("maps")->find("countries")->find("Poland") == nullptr);
}

TEST_CASE("null is a value where it means one", "[configuration]") {
    Parsed parsed(
        "till",
        "      orders: {use: till/order, skip: {number: ~}, fields: {nonsense: ~, number: {from: no, default: ~}}}\n");
    CHECK(parsed.stream("orders").node->find("skip")->find("number")->is_null());
    CHECK(parsed.stream("orders").node->find("fields")->find("number")->find("from")->scalar == "no");
}

TEST_CASE("a mapping that is used wrongly is an error at its place", "[configuration]") {
    CHECK(Parsed("shop", "      c: {use: shop/custoner}\n")
              .says("t.yaml:8:16: error: shop has no mapping 'shop/custoner', did you mean 'shop/customer'?\n"));
    CHECK(Parsed("shop", "      c: {use: , table: t}\n").says("error: expected the name of a mapping\n"));
    CHECK(Parsed("shop", "      c: {use: till/order}\n")
              .says("t.yaml:8:16: error: 'till/order' is a mapping of till, this source is shop\n"));
    CHECK(
        Parsed("bare", "      c: {use: bare/order}\n").says("t.yaml:8:16: error: bare comes without ready mappings\n"));
    CHECK(Parsed("shop", "      c: {use: shop/customer, fields: {emial: ~, adresses: ~}}\n")
              .says("t.yaml:8:50: error: the mapping has no 'adresses' to remove, did you mean 'addresses'?\n"));
    CHECK(Parsed("shop", "      c: {use: shop/customer, with: {contact: {every: 1m}}}\n")
              .says("t.yaml:8:38: error: the mapping has no stream 'contact', did you mean 'contacts'?\n"));
    CHECK(Parsed("shop", "      c: {table: t, key: [id], entity: customer, fields: {name: n}, with: {}}\n")
              .says("error: `with` changes the further streams of a mapping"));
    CHECK(Parsed("shop", "      c: {use: shop/customer}\n      c_contacts: {use: shop/customer, space: x}\n")
              .says("t.yaml:9:7: error: there are two streams 'c_contacts'"));
}

TEST_CASE("what a mapping itself does wrong is told at its place in it", "[configuration]") {
    CHECK(Parsed("till", "      o: {use: till/order}\n").says("mapping till/order:11:5: error: "));
}

}  // namespace tributary
