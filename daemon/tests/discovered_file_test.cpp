#include "connectors/kit/discovery/write.hpp"

#include <catch2/catch.hpp>

#include "connectors/kit/discovery/yaml.hpp"
#include "core/configuration/configuration.hpp"
#include "daemon/catalogue.hpp"

namespace tributary::discovery {
namespace {

using table::Catalogue;
using table::CatalogueColumn;
using table::CatalogueTable;
using table::ColumnKind;

constexpr std::string_view nasty[] = {
    "plain",    "Имя заказа", "a b",    "a.b",     "q\"uote",  "back\\slash", "null", "~",       "no",     "01",
    "- x",      "x: y",       "# x",    "${HOME}", "$${HOME}", "a\nb",        "^up",  "[0]",     "{a: b}", "tab\tbed",
    "'single'", "%s {} {0}",  "select", "*alias",  "&anchor",  "!tag",        "訂單", "\u2028x", "x ",     " x"};

Node parsed(const std::string& yaml) {
    static YamlFiles files;
    Diagnostics diagnostics;
    Node node = files.parse(
        yaml, "test.yaml", [](std::string_view) { return "substituted"; }, diagnostics);
    INFO(yaml << diagnostics.text());
    REQUIRE_FALSE(diagnostics.has_errors());
    return node;
}

/// Customers whose key, watermark and name bear that name, in a table of that name.
CatalogueTable customers(std::string_view name) {
    CatalogueTable table{.schema = "odd schema", .name = std::string(name)};
    table.columns = {{.name = std::string(name), .kind = ColumnKind::instant, .type = std::string(name)},
                     {.name = "name", .kind = ColumnKind::text, .type = "text"},
                     {.name = "email", .kind = ColumnKind::text, .type = "text"},
                     {.name = "spare " + std::string(name), .kind = ColumnKind::text, .type = "text"}};
    table.primary_key = {std::string(name)};
    return table;
}

std::string lint(const std::string& text) {
    Diagnostics diagnostics;
    const auto configuration = Configuration::parse(
        text, "test.yaml", connectors(), [](std::string_view) { return std::nullopt; }, diagnostics);
    return diagnostics.has_errors() ? diagnostics.text() : "";
}

FileSettings settings() {
    return {.connector = "sqlite",
            .source = "shop",
            .options = {{"path", "${DB:/srv/shop.db}"}},
            .tenant = "acme",
            .time_zone = "Europe/Belgrade",
            .zone_note = "a note",
            .currency = "RSD",
            .country = "RS"};
}

}  // namespace

TEST_CASE("every name comes back from YAML as it was", "[discover]") {
    for (const std::string_view name : nasty) {
        INFO(name);
        CHECK(parsed("a: " + yaml_literal(name)).find("a")->scalar == name);
        CHECK(parsed(yaml_text(name) + ": x").entries.front().key == name);
        CHECK(parsed("a: " + yaml_list({std::string(name)})).find("a")->items.front().scalar == name);
    }
}

TEST_CASE("what was given with references keeps them", "[discover]") {
    CHECK(parsed("a: " + yaml_text("${HOME}/x")).find("a")->scalar == "substituted/x");
}

TEST_CASE("names that no configuration can spell are left out and counted", "[discover]") {
    CHECK_FALSE(can_be_written("a\"]b"));
    CHECK_FALSE(can_be_written("\xff"));
    CHECK_FALSE(can_be_written(std::string_view("\0", 1)));
    for (const std::string_view name : nasty) CHECK(can_be_written(name));
    Catalogue catalogue{.tables = {customers("a\"]b"), customers("fine")}};
    catalogue.tables[1].columns.push_back({.name = "\xff", .type = "text"});
    CHECK(drop_unspellable(catalogue) == 2);
    CHECK(catalogue.tables.size() == 1);
}

TEST_CASE("what is written lints, whatever tables and columns are called", "[discover]") {
    for (const std::string_view name : nasty) {
        Catalogue catalogue{.tables = {customers(name)}};
        auto streams = propose(catalogue);
        // these names say nothing: as if they did
        streams.front().entity = "customer";
        streams.front().watermarks = {{.column = catalogue.tables[0].columns.data(), .why = std::string(name)}};
        streams.front().watermarks.front().says_changes = true;
        streams.front().content = guess_fields("customer", catalogue.tables[0]);
        streams.front().content.unused = {"spare " + std::string(name)};
        const std::string text = write_yaml(settings(), catalogue, streams);
        INFO(text);
        CHECK(lint(text).empty());
        CHECK(parsed(text).find("sources")->find("shop")->find("streams")->entries.size() == 1);
    }
}

TEST_CASE("an amount without a currency is no active field, unless the source has one", "[discover]") {
    CatalogueTable products{.schema = "s", .name = "products", .needs_schema = false};
    products.columns = {{.name = "sku", .kind = ColumnKind::text, .type = "text"},
                        {.name = "name", .kind = ColumnKind::text, .type = "text"},
                        {.name = "price", .kind = ColumnKind::decimal, .type = "numeric"}};
    products.primary_key = {"sku"};
    const Catalogue catalogue{.tables = {products}};
    const auto price = [&](const FileSettings& with) {
        const Node file = parsed(write_yaml(with, catalogue, propose(catalogue)));
        return file.find("sources")->find("shop")->find("streams")->find("products")->find("fields")->find("price");
    };
    FileSettings none = settings();
    none.currency.clear();
    CHECK(price(none) == nullptr);
    CHECK(price(settings()) != nullptr);
}

TEST_CASE("a stream that cannot run is commented out with its reason", "[discover]") {
    CatalogueTable table = customers("customers");
    table.primary_key.clear();
    const Catalogue catalogue{.tables = {table, customers("clients")}};
    const std::string text = write_yaml(settings(), catalogue, propose(catalogue));
    INFO(text);
    CHECK(lint(text).empty());
    CHECK_THAT(text, Catch::Contains("# customers:") && Catch::Contains("no primary key"));
}

TEST_CASE("a missing index is named with the statement that makes it", "[discover]") {
    CatalogueTable table = customers("clients");
    table.columns[0].name = "id";
    table.primary_key = {"id"};
    table.columns.push_back({.name = "updated_at", .kind = ColumnKind::instant, .type = "timestamptz"});
    const Catalogue catalogue{.tables = {table}};
    CHECK_THAT(write_yaml(settings(), catalogue, propose(catalogue)),
               Catch::Contains("CREATE INDEX ON \"odd schema\".\"clients\" (\"updated_at\", \"id\")"));
}

}  // namespace tributary::discovery
