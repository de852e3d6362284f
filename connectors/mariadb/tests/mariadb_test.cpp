#include <catch2/catch.hpp>
#include <string>

#include "connectors/kit/table/tests/readme.hpp"
#include "connectors/mariadb/connector.hpp"
#include "connectors/mariadb/decode.hpp"
#include "connectors/mariadb/errors.hpp"
#include "connectors/mariadb/look.hpp"
#include "connectors/mariadb/reader.hpp"
#include "connectors/mariadb/types.hpp"

namespace tributary::mariadb {
namespace {

constexpr std::int64_t second = 1'000'000;

TEST_CASE("the README shows the options as they are declared and the types as they are read", "[mariadb]") {
    table::test::check_readme(connector());
    table::test::check_types("mariadb", types_as_markdown());
}

TEST_CASE("a text that does not fit its column's type is no value", "[mariadb]") {
    const auto [form, text] = GENERATE(Catch::Generators::table<Form, const char*>({
        {Form::integer, ""},
        {Form::integer, "12a"},
        {Form::integer, "9223372036854775808"},
        {Form::unsigned_integer, "-1"},
        {Form::unsigned_integer, "18446744073709551616"},
        {Form::boolean, "x"},
        {Form::bits, "123456789"},
        {Form::float4, ""},
        {Form::float8, "1.5x"},
        {Form::date, "2026-01"},
        {Form::date, "2026-01-01 "},
        {Form::date, "2026/01/01"},
        {Form::datetime, "2026-01-01"},
        {Form::datetime, "2026-01-01 10:00"},
        {Form::datetime, "2026-01-01 10:00:0x"},
        {Form::timestamp, "2026-01-01 10:00:00.1234567"},
        {Form::timestamp, "2026-01-01 10:00:00,5"},
        {Form::unsupported, "x"},
    }));
    Arena arena;
    bool good = true;
    decode(form, text, false, arena, good);
    INFO(text);
    CHECK_FALSE(good);
}

TEST_CASE("a zero date is null, and text where a key needs it", "[mariadb]") {
    Arena arena;
    bool good = true;
    CHECK(decode(Form::datetime, "0000-00-00 00:00:00.000", false, arena, good).is_null());
    const Value key = decode(Form::date, "0000-00-00", true, arena, good);
    CHECK(key.kind == Kind::text);
    CHECK(key.view() == "0000-00-00");
    CHECK(good);
}

Verdict verdict_of(unsigned code, const char* state, bool connected) {
    return classified(code, state, connected, "").verdict;
}

TEST_CASE("an error number says whether to try again", "[mariadb]") {
    CHECK(verdict_of(1045, "28000", false) == Verdict::retry);
    CHECK(verdict_of(1049, "42000", false) == Verdict::retry);
    CHECK(verdict_of(1049, "42000", true) == Verdict::stop);
    CHECK(verdict_of(1205, "HY000", true) == Verdict::retry);
    CHECK(verdict_of(1146, "42S02", true) == Verdict::stop);
    CHECK(verdict_of(1054, "42S22", true) == Verdict::stop);
    CHECK(verdict_of(1064, "42000", true) == Verdict::stop);
    CHECK(verdict_of(9999, "42000", true) == Verdict::stop);
    CHECK(verdict_of(9999, "HY000", true) == Verdict::retry);
    CHECK(classified(2013, "HY000", true, "").code == "connection_lost");
    CHECK(classified(2002, "HY000", false, "").code == "cannot_connect");
}

const Rows clock_answer{{std::to_string(1'000 * second), "crm@db"}};

TEST_CASE("a look lists open transactions and is never trusted", "[mariadb]") {
    const Rows open{{{"7.x", std::to_string(990 * second), "1", "session 7"}},
                    {{"8.x", std::to_string(900 * second), "0", "session 8"}},
                    {{"9.x", std::nullopt, "0", "session 9"}}};
    std::vector<Condition> conditions;
    const auto look = read_look(clock_answer, open, std::chrono::seconds(60), conditions);
    REQUIRE(look);
    CHECK_FALSE(look->trusted);
    CHECK(look->clock == 1'000 * second);
    REQUIRE(look->open.size() == 3);
    CHECK(look->open[1].since == 900 * second);
    CHECK(look->open[2].late);
    // One works, the other has been idle for less than anybody notices.
    CHECK(conditions.empty());
}

TEST_CASE("who holds a transaction open without working is named", "[mariadb]") {
    const Rows open{{{"7.x", std::to_string(960 * second), "1", "session 7 (user app)"}},
                    {{"8.x", std::to_string(950 * second), "1", "session 8 (user app)"}}};
    std::vector<Condition> conditions;
    REQUIRE(read_look(clock_answer, open, std::chrono::seconds(60), conditions));
    REQUIRE(conditions.size() == 1);
    CHECK(conditions[0].what.starts_with("session 8 (user app) holds a transaction open since 1970-01-01T00:15:50"));
}

TEST_CASE("indexes on parts and on expressions help nobody, but a unique part is unique", "[mariadb]") {
    const Rows rows{{{"a", "1", "name", "1"}},
                    {{"b", "0", "code", "1"}},
                    {{"c", "1", "x", "0"}},
                    {{"c", "1", "y", "1"}},
                    {{"d", "0", std::nullopt, "0"}}};
    const auto indexes = read_indexes(rows);
    REQUIRE(indexes.size() == 4);
    CHECK(indexes[0].columns.empty());
    CHECK(indexes[1].columns == std::vector<std::string>{"code"});
    CHECK(indexes[1].unique);
    CHECK(indexes[2].columns == std::vector<std::string>{"x"});
    CHECK_FALSE(indexes[3].unique);
}

}  // namespace
}  // namespace tributary::mariadb
