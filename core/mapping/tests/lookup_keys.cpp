#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

using Columns = std::vector<std::vector<std::string>>;

/// How a mapping with these fields looks up in `terms`: by which columns, and whether by more than that.
std::pair<Columns, bool> keys(const std::string& fields) {
    YamlFiles files;
    Diagnostics diagnostics;
    const Node node = files.parse(
        "source: {lookups: {terms: {table: terms, key: [code]}, vat: {table: vat, key: [country, kind]}}}\n"
        "stream: {entity: sales_order, key: [id], include: {lines: {table: line, on: {order_id: id}, key: [no]}, "
        "buyer: "
        "{table: buyer, on: {id: buyer_id}, one: true}}, fields: {number: id, " +
            fields + "}}\n",
        "test.yaml", process_environment(), diagnostics);
    const auto mapping =
        Mapping::compile({"acme", "erp", "orders", node.find("stream"), node.find("source")}, diagnostics);
    INFO(diagnostics.text());
    REQUIRE(mapping != nullptr);
    REQUIRE(mapping->lookups().size() == 1);
    return {mapping->lookups()[0].from, mapping->lookups()[0].computed};
}

std::string looked_up(const std::string& from) { return "{lookup: terms, from: " + from + ", take: days}"; }
std::string attribute(const std::string& from) { return "attributes: {days: " + looked_up(from) + "}"; }

}  // namespace

TEST_CASE("a look-up's key is columns of the row, of its one child, or of the children in a list", "[lookup]") {
    CHECK(keys(attribute("code")) == std::pair(Columns{{"code"}}, false));
    CHECK(keys(attribute("[code]")) == std::pair(Columns{{"code"}}, false));
    CHECK(keys(attribute("{from: code}")) == std::pair(Columns{{"code"}}, false));
    CHECK(keys(attribute("buyer.code")) == std::pair(Columns{{"buyer.code"}}, false));
    CHECK(keys("attributes: {a: " + looked_up("code") + ", b: " + looked_up("code") + ", c: " + looked_up("other") +
               "}") == std::pair(Columns{{"code"}, {"other"}}, false));
    const auto of_lines = [](const std::string& field) {
        return "lines: {each: lines, fields: {number: no, attributes: {a: " + field + "}}}";
    };
    CHECK(keys(of_lines(looked_up("code"))) == std::pair(Columns{{"lines.code"}}, false));
    CHECK(keys(of_lines(looked_up("^code"))) == std::pair(Columns{{"code"}}, false));
    CHECK(keys(of_lines("{lookup: vat, from: [^country, kind], take: rate}")) ==
          std::pair(Columns{{"country", "lines.kind"}}, false));
}

TEST_CASE("a key that is more than columns as they are can only be told by mapping", "[lookup]") {
    for (const char* from :
         {"{from: code, trim: true}", "{from: code, default: N30}", "{from: code, type: integer}", "{lua: row.code}",
          "{first: [code, other]}", "{from: [code, other], join: x}", "{from: code, map: {a: b}}", "payload.code",
          "{value: N30}", "\"list[0]\"", "\"lines[0].code\""})
        CHECK(keys(attribute(from)) == std::pair(Columns{}, true));
    CHECK(keys("attributes: {a: " + looked_up("code") + ", b: " + looked_up("{from: code, trim: true}") + "}") ==
          std::pair(Columns{{"code"}}, true));
    CHECK(keys("attributes: {a: {lookup: vat, from: [country, {value: std}], take: rate}}") ==
          std::pair(Columns{}, true));
    CHECK(keys("lines: {each: payload, fields: {number: no, attributes: {a: " + looked_up("code") + "}}}") ==
          std::pair(Columns{}, true));
}

}  // namespace tributary
