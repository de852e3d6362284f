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

}  // namespace
}  // namespace tributary
