#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

TEST_CASE("a mapping tells the paths it reads to their ends, whatever the place in a list", "[mapping]") {
    YamlFiles files;
    Diagnostics diagnostics;
    const Node node = files.parse(
        "source: {}\n"
        "stream: {entity: sales_order, key: [id], skip: {party.kind: test}, fields: {number: number,\n"
        "  customer: {reference: customer, from: party.id}, attributes: {sku: 'lines[0].product.code'},\n"
        "  lines: {each: lines, fields: {number: no, product: {reference: product, from: product.code},\n"
        "    attributes: {buyer: ^party.name}}}}}\n",
        "test.yaml", process_environment(), diagnostics);
    const auto mapping =
        Mapping::compile({"acme", "erp", "orders", node.find("stream"), node.find("source")}, diagnostics);
    INFO(diagnostics.text());
    REQUIRE(mapping != nullptr);
    auto paths = mapping->paths();
    std::ranges::sort(paths);
    CHECK(paths == std::vector<std::string>{"id", "lines", "lines.no", "lines.product.code", "number", "party.id",
                                            "party.kind", "party.name"});
    CHECK(mapping->columns().size() == 5);
}

TEST_CASE("a mapping tells which paths it writes as points in time, and not those it takes the day of", "[mapping]") {
    YamlFiles files;
    Diagnostics diagnostics;
    const Node node = files.parse(
        "source: {}\n"
        "stream: {entity: sales_order, key: [id], fields: {number: made,\n"
        "  ordered_at: {first: [at, party.since]}, promised_at: {from: due, type: date},\n"
        "  attributes: {seen: seen, day: {from: met, type: date}, either: {match: [{when: {a: 1}, is: {from: b}}]}},\n"
        "  lines: {each: lines, fields: {number: no, attributes: {picked: picked, of: ^head}}}}}\n",
        "test.yaml", process_environment(), diagnostics);
    const auto mapping =
        Mapping::compile({"acme", "erp", "orders", node.find("stream"), node.find("source")}, diagnostics);
    INFO(diagnostics.text());
    REQUIRE(mapping != nullptr);
    auto instants = mapping->instants();
    std::ranges::sort(instants);
    CHECK(instants == std::vector<std::string>{"at", "b", "head", "lines.picked", "party.since", "seen"});
}

}  // namespace
}  // namespace tributary
