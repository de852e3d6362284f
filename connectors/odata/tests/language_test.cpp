#include "connectors/odata/language.hpp"

#include <catch2/catch.hpp>

#include "core/model/times.hpp"

namespace tributary::odata {
namespace {

Property of(const std::string& type) { return {.name = "p", .edm = edm_of(type), .type = type}; }

TEST_CASE("values are written as each version spells them", "[odata][language]") {
    struct Case {
        const char* type;
        const char* text;
        const char* old;
        const char* v4;
    };
    const Case one = GENERATE(
        Case{"Edm.String", "O'Neill & Söhne", "'O''Neill & Söhne'", "'O''Neill & Söhne'"},
        Case{"Edm.Guid", "1fa1a135-d89b-11e6-8343-40167e2531c3", "guid'1fa1a135-d89b-11e6-8343-40167e2531c3'",
             "1fa1a135-d89b-11e6-8343-40167e2531c3"},
        Case{"Edm.Int32", "42", "42", "42"}, Case{"Edm.Int64", "42", "42L", "42"},
        Case{"Edm.Decimal", "-12.5", "-12.5M", "-12.5"}, Case{"Edm.Double", "12.5", "12.5", "12.5"},
        Case{"Edm.Boolean", "true", "true", "true"},
        Case{"Edm.DateTime", "2026-01-31", "datetime'2026-01-31T00:00:00'", nullptr},
        Case{"Edm.DateTime", "2026-01-31T10:00:00.5", "datetime'2026-01-31T10:00:00.500'", nullptr},
        Case{"Edm.DateTimeOffset", "2026-01-31T10:00:00.000000Z", "datetimeoffset'2026-01-31T10:00:00Z'",
             "2026-01-31T10:00:00Z"},
        Case{"Edm.DateTimeOffset", "2026-01-31T10:00:00.123456Z", "datetimeoffset'2026-01-31T10:00:00.123456Z'",
             "2026-01-31T10:00:00.123456Z"},
        Case{"Edm.Date", "2026-01-31", nullptr, "2026-01-31"},
        Case{"Edm.Time", "22:49:21", "time'PT22H49M21S'", nullptr},
        Case{"Edm.TimeOfDay", "22:49:21", nullptr, "22:49:21"}, Case{"Shop.Color", "Red", nullptr, "Shop.Color'Red'"});
    INFO(one.type << ' ' << one.text);
    if (one.old != nullptr) CHECK(literal(one.text, of(one.type), Version::v2) == one.old);
    if (one.old != nullptr) CHECK(literal(one.text, of(one.type), Version::v3) == one.old);
    if (one.v4 != nullptr) CHECK(literal(one.text, of(one.type), Version::v4) == one.v4);
}

TEST_CASE("what a type cannot hold is no value of it, and never gets out of its quotes", "[odata][language]") {
    for (const auto& [type, text] : {std::pair{"Edm.Int32", "1 or 1 eq 1"},
                                     {"Edm.Guid", "' or 1 eq 1"},
                                     {"Edm.Boolean", "yes"},
                                     {"Edm.DateTimeOffset", "soon"},
                                     {"Edm.Decimal", ""}})
        CHECK_FALSE(literal(text, of(type), Version::v2));
    CHECK(literal("' or 'a' eq 'a", of("Edm.String"), Version::v2) == "''' or ''a'' eq ''a'");
}

TEST_CASE("a keyset goes on behind a row whatever the number of its keys", "[odata][language]") {
    const Property a{.name = "a", .edm = Edm::text, .type = "Edm.String"};
    const Property b{.name = "b", .edm = Edm::integer, .type = "Edm.Int32"};
    const std::vector<const Property*> both{&a, &b, &a};
    const auto text = [&](std::vector<std::string> values) { return *behind(both, values, Version::v4); };
    CHECK(text({"x"}) == "(a gt 'x')");
    CHECK(text({"x", "1"}) == "(a gt 'x' or (a eq 'x' and (b gt 1)))");
    CHECK(text({"x", "1", ""}) == "(a gt 'x' or (a eq 'x' and (b gt 1 or (b eq 1 and (a gt '')))))");
    CHECK_FALSE(behind(both, std::vector<std::string>{"x", "none"}, Version::v4));
}

TEST_CASE("a bound is written for days, wall clocks and instants", "[odata][language]") {
    const std::int64_t micros = parse_timestamp("2026-01-31T23:30:00.25Z")->micros;
    CHECK(literal_at(micros, Edm::date, Version::v2) == "datetime'2026-01-31T00:00:00'");
    CHECK(literal_at(micros, Edm::date, Version::v4) == "2026-01-31");
    CHECK(literal_at(micros, Edm::moment, Version::v3) == "datetime'2026-01-31T23:30:00.250'");
    CHECK(literal_at(micros, Edm::instant, Version::v2) == "datetimeoffset'2026-01-31T23:30:00.250Z'");
    CHECK(literal_at(INT64_MIN / 2, Edm::instant, Version::v4) == "0001-01-01T00:00:00Z");
}

TEST_CASE("addresses are UTF-8, percent-encoded, and a blank is never a plus", "[odata][language]") {
    CHECK(encoded("Catalog_Ф") == "Catalog_%D0%A4");
    CHECK(encoded("a eq 'x y+z&%'") == "a%20eq%20'x%20y%2Bz%26%25'");
    CHECK(encoded("API;v=0002/Set(Dimensions='A,B')") == "API;v=0002/Set(Dimensions='A,B')");
}

}  // namespace
}  // namespace tributary::odata
