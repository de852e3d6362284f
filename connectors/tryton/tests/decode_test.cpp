#include "connectors/tryton/decode.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/tryton/errors.hpp"
#include "core/model/times.hpp"

namespace tributary::tryton {
namespace {

struct Decoded {
    Arena arena;
    http::JsonDecoder json;
    Decoder decoder;

    Value operator()(std::string text) {
        char* const copy = arena.allocate(text.size() + 1);
        std::ranges::copy(text, copy);
        const auto value = json.decode({copy, text.size()}, arena);
        REQUIRE(value);
        return decoder.decode(*value, arena);
    }
};

const Value& in(const Value& object, std::string_view name) {
    REQUIRE(object.kind == Kind::object);
    const int place = object.object->shape->find(name);
    REQUIRE(place >= 0);
    return object.object->values[place];
}

TEST_CASE("values of Python become values, instants in UTC", "[tryton]") {
    Decoded decoded;
    const Value row = decoded(
        R"({"at":{"__class__":"datetime","year":2026,"month":11,"day":22,"hour":9,"minute":23,"second":27,"microsecond":966910},)"
        R"("on":{"__class__":"date","year":2026,"month":2,"day":28},"of":{"__class__":"Decimal","decimal":"10.2500"},)"
        R"("small":{"__class__":"Decimal","decimal":"1E-7"},"raw":{"__class__":"bytes","base64":"AP8="},)"
        R"("clock":{"__class__":"time","hour":7,"minute":5,"second":0,"microsecond":0},)"
        R"("span":{"__class__":"timedelta","seconds":432000.0},"float":0.1,"none":null})");
    const auto expected = parse_timestamp("2026-11-22T09:23:27.966910Z");
    CHECK(in(row, "at").kind == Kind::instant);
    CHECK(in(row, "at").integer == expected->micros);
    CHECK(in(row, "on").integer == *parse_day("2026-02-28"));
    CHECK(in(row, "of").kind == Kind::decimal);
    CHECK(in(row, "of").view() == "10.2500");
    CHECK(in(row, "small").view() == "0.0000001");
    CHECK(in(row, "raw").view() == std::string_view("\0\xff", 2));
    CHECK(in(row, "clock").view() == "07:05:00.000000");
    CHECK(in(row, "span").integer == 432'000);
    CHECK(in(row, "float").view() == "0.1");
    CHECK(in(row, "none").is_null());
}

TEST_CASE("what a dotted field leads to takes the place of the id", "[tryton]") {
    Decoded decoded;
    const Value row = decoded(R"({"party":3,"id":1,"party.":{"code":"3","id":3},"lang.":null,)"
                              R"("lines.":[{"id":7,"product.":{"code":"P","template.":{"name":"W","id":1},"id":2}}]})");
    CHECK(in(in(row, "party"), "code").view() == "3");
    CHECK(row.object->size() == 4);
    CHECK(in(row, "lang").is_null());
    CHECK(in(in(in(in(row, "lines").items()[0], "product"), "template"), "name").view() == "W");
}

TEST_CASE("create_date stands in for a write_date that is not there yet, at every level", "[tryton]") {
    Decoded decoded;
    const std::string at =
        R"({"__class__":"datetime","year":1970,"month":1,"day":1,"hour":0,"minute":0,"second":1,"microsecond":0})";
    const Value row = decoded(R"({"write_date":null,"create_date":)" + at + R"(,"lines.":[{"create_date":)" + at +
                              R"(,"write_date":null}],"x.":{"write_date":null}})");
    CHECK(in(row, "write_date").integer == 1'000'000);
    CHECK(in(in(row, "lines").items()[0], "write_date").integer == 1'000'000);
    CHECK(in(in(row, "x"), "write_date").is_null());
}

TEST_CASE("what claims to be a value of Python and is none stays as it came", "[tryton]") {
    Decoded decoded;
    for (const char* text :
         {R"({"__class__":"date","year":2026,"month":2,"day":30})",
          R"({"__class__":"date","year":"2026","month":2,"day":3})", R"({"__class__":"Decimal","decimal":"NaN"})",
          R"({"__class__":"Decimal"})",
          R"({"__class__":"datetime","year":2026,"month":2,"day":3,"hour":24,"minute":0,"second":0,"microsecond":0})",
          R"({"__class__":"bytes","base64":"A"})", R"({"__class__":"bytes","base64":"=AAA"})", R"({"__class__":7})",
          R"({"__class__":"set"})"})
        CHECK(decoded(text).kind == Kind::object);
    CHECK(decoded("{}").kind == Kind::object);
}

TEST_CASE("base64 goes there and back", "[tryton]") {
    Arena arena;
    for (const std::string text : {"", "a", "ab", "abc", "crmfeed:2:0123\xff"})
        CHECK(decode_base64(encode_base64(text), arena) == text);
    CHECK(encode_base64("light work.") == "bGlnaHQgd29yay4=");
}

TEST_CASE("an error with status 200 is judged by what it is called", "[tryton]") {
    Decoded decoded;
    const auto judged = [&](const std::string& text) { return judge(decoded(text)); };
    const Error refused = judged(R"(["UserError",["You are not allowed to access \"Payment\".","",null]])");
    CHECK(refused.verdict == Verdict::stop);
    CHECK(refused.what == "Tryton refuses: You are not allowed to access \"Payment\".");
    CHECK(judged(R"(["'nosuch'",""])").code == "undefined_name");
    CHECK(judged(R"(["LoginException",["password","Password for crmfeed","password"]])").code == "bad_credentials");
    const Error lock = judged("[\"deadlock detected\\nDETAIL: x\",\"Traceback\"]");
    CHECK(lock.verdict == Verdict::retry);
    CHECK(lock.what == "Tryton failed: deadlock detected DETAIL: x");
    CHECK(judged(R"({"odd":1})").verdict == Verdict::retry);
    CHECK(judged("[\"" + std::string(199, 'x') + "\u00e4\"]").what.ends_with("xx"));
}

}  // namespace
}  // namespace tributary::tryton
