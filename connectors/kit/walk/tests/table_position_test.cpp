#include <catch2/catch.hpp>

#include "connectors/kit/walk/table_position.hpp"

namespace tributary::walk {
namespace {

TEST_CASE("a position keeps keys that JSON cannot hold", "[walk]") {
    using namespace std::string_literals;
    const TablePosition position{.phase = Phase::load,
                                 .at = {{Kind::text, "\xff\xfe"}, {Kind::text, "a\0b"s}, {Kind::text, "żółw \"x\""}}};
    const auto json = write_table_position(position);
    REQUIRE(json);
    const auto read = read_table_position(*json);
    REQUIRE(read);
    CHECK(*read == position);
}

TEST_CASE("a position from elsewhere is refused with the way out", "[walk]") {
    for (const char* json : {"[]", "{", R"({"v":2,"phase":"load"})", R"({"v":1})", R"({"v":1,"phase":"flight"})",
                             R"({"v":1,"phase":"load","at":[["integer"]]})", R"({"v":1,"phase":"poll","seen":"x"})",
                             R"({"v":1,"phase":"poll","open":[["a","b"]]})"}) {
        CAPTURE(json);
        const auto read = read_table_position(Position{json});
        REQUIRE_FALSE(read);
        CHECK(read.error().code == "bad_position");
        CHECK(read.error().verdict == Verdict::stop);
        CHECK(read.error().what.find("reset") != std::string::npos);
    }
}

TEST_CASE("a key too long for a position is an error, not a cut key", "[walk]") {
    const TablePosition position{.phase = Phase::load, .at = {{Kind::text, std::string(70'000, 'k')}}};
    const auto json = write_table_position(position);
    REQUIRE_FALSE(json);
    CHECK(json.error().code == "key_too_long");
}

TEST_CASE("marks are exact at the ends of every range", "[walk]") {
    CHECK(mark_of(Value::of(INT64_MIN)).text == "-9223372036854775808");
    CHECK(mark_of(Value::date(0)).text == "1970-01-01");
    CHECK(mark_of(Value::date(-719162)).text == "0001-01-01");
    CHECK(mark_of(Value::date(-719163)).text == "0001-12-31 BC");
    CHECK(mark_of(Value::date(2932896)).text == "9999-12-31");
    CHECK(mark_of(Value::date(2932897)).text == "10000-01-01");
    CHECK(mark_of(Value::instant(-1)).text == "1969-12-31T23:59:59.999999Z");
    CHECK(mark_of(Value::naive(253402300799999999)).text == "9999-12-31T23:59:59.999999");
    CHECK(mark_of(Value::of_real(0.1)).text == "0.1");
    CHECK(mark_of(Value::bytes("\x01\xff")).text == "01ff");
}

}  // namespace
}  // namespace tributary::walk
