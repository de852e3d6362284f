#include "connectors/tryton/connector.hpp"

#include <catch2/catch.hpp>

#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/kit/table/tests/readme.hpp"

namespace tributary::tryton {
namespace {

const std::string erp = "{url: 'http://127.0.0.1:1/erp', user: crmfeed, password: c4n4ry}";

std::string complaints(const std::string& stream, const std::string& source = erp) {
    const table::test::Configured configured(connector(), source, stream, {"number"});
    return configured.complaints();
}

TEST_CASE("tryton's README has the options that the code declares", "[tryton][docs]") {
    table::test::check_readme(connector());
}

TEST_CASE("what a Tryton cannot be asked is refused where it is written", "[tryton]") {
    CHECK(complaints("{model: sale.sale, key: [id], include: {lines: {key: [id]}}}").empty());
    CHECK_THAT(complaints("{model: sale.sale, key: [id], where: 'state = done'}"),
               Catch::Contains("test.yaml:1:38: error: expected a domain as JSON in quotes"));
    CHECK_THAT(complaints("{model: sale.sale, key: [id], context: '[]'}"), Catch::Contains("expected a JSON object"));
    CHECK_THAT(complaints("{key: [id]}"), Catch::Contains("model"));
    CHECK_THAT(complaints("{model: sale.sale, key: [id]}", "{url: 'http://127.0.0.1:1/erp'}"),
               Catch::Contains("a tryton source needs `user`"));
    CHECK_THAT(complaints("{model: sale.sale, key: [id], include: {lines: {model: sale.line, key: [id]}}}"),
               Catch::Contains("an include by `model` needs `on`"));
    CHECK_THAT(complaints("{model: sale.sale, key: [id], include: {lines: {on: {sale: id}, key: [id]}}}"),
               Catch::Contains("give `field`, or `model` with `on`"));
}

TEST_CASE("children that no field leads to cannot be followed", "[tryton]") {
    const std::string by_on =
        "{model: sale.sale, key: [id], include: {lines: {model: sale.line, on: {sale: id}, key: [id]";
    CHECK(complaints(by_on + "}}}").empty());
    CHECK_THAT(complaints(by_on + ", watermark: {column: write_date}}}, watermark: {column: write_date}}"),
               Catch::Contains("children that no field leads to"));
}

TEST_CASE("rows by location have it in their key and no watermark", "[tryton]") {
    const std::string by_location = "{model: product.product, locations: '[]', ";
    CHECK(complaints(by_location + "key: [location, id]}").empty());
    CHECK_THAT(complaints(by_location + "key: [id]}"), Catch::Contains("the key begins with `location`"));
    CHECK_THAT(complaints(by_location + "key: [location, id], watermark: {column: write_date}}"),
               Catch::Contains("quantities change without a stamp"));
}

}  // namespace
}  // namespace tributary::tryton
