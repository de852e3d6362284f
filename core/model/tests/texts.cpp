#include <catch2/catch.hpp>

#include "core/model/json_text.hpp"
#include "core/model/key_text.hpp"
#include "core/model/list_order.hpp"
#include "core/model/since.hpp"
#include "core/model/times.hpp"
#include "core/model/utf8.hpp"

namespace tributary {
namespace {

std::string key_of(const Value& value) {
    Arena arena;
    const KeyText key = key_text(value, arena);
    return key ? std::string(key.text) : "no key: " + std::string(explain(key.why));
}

TEST_CASE("a key's value has one spelling whatever the column's type", "[model]") {
    CHECK(key_of(Value::of(std::int64_t{42})) == "42");
    CHECK(key_of(Value::decimal("42.0")) == "42");
    CHECK(key_of(Value::text("42")) == "42");
    CHECK(key_of(Value::text("0042")) == "0042");
    CHECK(key_of(Value::of(INT64_MIN)) == "-9223372036854775808");
    CHECK(key_of(Value::of(true)) == "true");
    CHECK(key_of(Value::uuid("F47AC10B-58CC-4372-A567-0E02B2C3D479")) == "f47ac10b-58cc-4372-a567-0e02b2c3d479");
    CHECK(key_of(Value::bytes(std::string_view("\x00\xff\x10", 3))) == "00ff10");
    CHECK(key_of(Value::date(20484)) == "2026-01-31");
    CHECK(key_of(Value::instant(1'769'851'800'000'000)) == "2026-01-31T09:30:00.000000Z");
    CHECK(key_of(Value::instant(-1)) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("a record's date is its last member, and only that", "[model]") {
    const auto split = [](std::string_view document) {
        const auto [rest, since] = dated(document);
        return std::string(rest) + "|" + std::string(since);
    };
    CHECK(split(R"({"name":"A","$since":"2026-01-31T10:00:00.000000Z"})") ==
          R"({"name":"A"|2026-01-31T10:00:00.000000Z)");
    CHECK(split(R"({"$since":"2026-01-31T10:00:00.000000Z"})") == "{|2026-01-31T10:00:00.000000Z");
    const std::string deeper = R"({"attributes":{"$since":"2026-01-31T10:00:00.000000Z"}})";
    CHECK(split(deeper) == deeper + "|");
    CHECK(split("{}") == "{}|");
}

TEST_CASE("what is not exact or not one value is no key", "[model]") {
    CHECK(key_of(Value::null()) == "no key: null");
    CHECK(key_of(Value::unchanged()) == "no key: not repeated by the log");
    CHECK(key_of(Value::of_real(42)).starts_with("no key: a binary floating-point number"));
    CHECK(key_of(Value::naive(0)) == "no key: a timestamp without a zone");
    CHECK(key_of(Value::json("1")) == "no key: JSON, a list or an object");
    CHECK(key_of(Value::date(INT64_MAX)) == "no key: a date outside the years 0001 to 9999");
    CHECK(key_of(Value::text("a\xc3(")) == "no key: not valid UTF-8 text");
    CHECK(key_of(Value::text(std::string_view("a\0b", 3))) == "no key: text with a NUL character (U+0000) in it");
}

TEST_CASE("days and instants of the first and last year are written, those beyond are not", "[model]") {
    char text[instant_size];
    CHECK(std::string(text, write_day(first_day, text)) == "0001-01-01");
    CHECK(std::string(text, write_day(last_day, text)) == "9999-12-31");
    CHECK(std::string(text, write_short_instant(first_day * micros_per_day, text)) == "0001-01-01T00:00:00Z");
    CHECK(is_writable_instant((last_day + 1) * micros_per_day - 1));
    CHECK_FALSE(is_writable_instant((last_day + 1) * micros_per_day));
    CHECK_FALSE(is_writable_instant(INT64_MIN));
    CHECK_FALSE(is_writable_day(INT64_MAX));
}

TEST_CASE("timestamps are read as databases and APIs spell them", "[model]") {
    const auto at = [](std::string_view text) { return parse_timestamp(text)->micros; };
    const std::int64_t ten = at("2026-01-31T10:00:00Z");
    CHECK(at("2026-01-31 10:00:00+00") == ten);
    CHECK(at("2026-01-31T11:00+01:00") == ten);
    CHECK(at("2026-01-31T05:30:00-0430") == ten);
    CHECK(at("2026-01-31T10:00:00.25Z") == ten + 250'000);
    CHECK(at("2026-01-31T10:00:00.123456789Z") == ten + 123'456);
    CHECK(at("2026-01-31 10:00:00") == ten);
    CHECK(parse_timestamp("2026-01-31T10:00:00Z")->zoned);
    CHECK_FALSE(parse_timestamp("2026-01-31 10:00:00")->zoned);
}

TEST_CASE("what is no timestamp is not read", "[model]") {
    const auto text = GENERATE(as<std::string>(), "", "2026-01-31", "2026-02-29T10:00:00Z", "2026-13-01T10:00:00Z",
                               "2026-01-31T24:00:00Z", "2026-01-31T10:60:00Z", "2026-01-31T10:00:60Z", "infinity",
                               "2026-01-31T10:00:00.Z", "2026-01-31T10:00:00+1", "2026-01-31T10:00:00ZZ",
                               "26-01-31T10:00:00Z", "2026-01-31T10:00:00.1234567890Z", "0000-00-00 00:00:00");
    CHECK_FALSE(parse_timestamp(text));
}

TEST_CASE("JSON text has one spelling", "[model]") {
    const auto json = [](std::string_view text) {
        std::string to;
        return append_json_text(text, to) ? to : "none";
    };
    CHECK(json("") == R"("")");
    CHECK(json("plain text, longer than eight bytes") == R"("plain text, longer than eight bytes")");
    CHECK(json("a \"quote\" and a \\") == R"("a \"quote\" and a \\")");
    CHECK(json("line\nend\ttab\x01\x1f\x7f") == "\"line\\nend\\ttab\\u0001\\u001f\x7f\"");
    CHECK(json("Łódź 東京 🚚 and more") == "\"Łódź 東京 🚚 and more\"");
    CHECK(json("12345678\xff") == "none");
    CHECK(json("\xed\xa0\x80") == "none");
    CHECK(json(std::string_view("1234567\0", 8)) == "none");
    CHECK(json_text("a \"quote\"") == R"("a \"quote\"")");
    CHECK(json_text("\xff") == "null");
}

TEST_CASE("whole numbers beyond 2^53 are text in JSON", "[model]") {
    const auto json = [](std::int64_t value) {
        std::string to;
        append_json_integer(value, to);
        return to;
    };
    CHECK(json(-7) == "-7");
    CHECK(json(9'007'199'254'740'991) == "9007199254740991");
    CHECK(json(9'007'199'254'740'992) == "\"9007199254740992\"");
    CHECK(json(INT64_MIN) == "\"-9223372036854775808\"");
}

TEST_CASE("lists sort numbers as numbers, before text, and elements without a key last", "[model]") {
    const auto sorted =
        std::to_array<std::string_view>({R"("-1")", R"("2")", R"("10")", R"("10.5")", R"("A")", R"("a")", ""});
    for (std::size_t i = 0; i < sorted.size(); ++i)
        for (std::size_t j = 0; j < sorted.size(); ++j)
            CHECK((compare_sort_keys(sorted[i], sorted[j]) <=> 0) == (i <=> j));
    CHECK_FALSE(compare_sort_keys(R"("01")", R"("1")") == std::strong_ordering::equal);
}

TEST_CASE("a row's key cannot be mistaken for another's", "[model]") {
    const auto joined = [](std::initializer_list<std::string_view> parts) {
        std::string key;
        bool first = true;
        for (const std::string_view part : parts) append_key_part(part, std::exchange(first, false), key);
        return key;
    };
    CHECK(joined({"42"}) == "42");
    CHECK(joined({"a/b", "c"}) == "a%2Fb/c");
    CHECK(joined({"a", "b/c"}) == "a/b%2Fc");
    CHECK(joined({"100%", "x\n"}) == "100%25/x%0A");
    CHECK(joined({"", "b"}) == "/b");
    CHECK(joined({"", ""}) == "/");
}

}  // namespace
}  // namespace tributary
