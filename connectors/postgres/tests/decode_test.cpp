#include <catch2/catch.hpp>
#include <cmath>
#include <initializer_list>
#include <string>

#include "connectors/kit/table/tests/readme.hpp"
#include "connectors/postgres/decode.hpp"

namespace tributary::postgres {
namespace {

using namespace std::string_literals;

std::string shorts(std::initializer_list<int> numbers) {
    std::string bytes;
    for (const int number : numbers) {
        bytes += static_cast<char>(number >> 8);
        bytes += static_cast<char>(number);
    }
    return bytes;
}

std::string decimal(std::initializer_list<int> words) {
    Arena arena;
    bool good = true;
    const Value value = decode(Form::numeric, shorts(words), arena, good);
    CHECK(good);
    return std::string(value.view());
}

TEST_CASE("the README shows the types as they are read", "[postgres]") {
    table::test::check_types("postgres", types_as_markdown());
}

TEST_CASE("a numeric keeps every digit and the zeros its column declares", "[postgres]") {
    CHECK(decimal({0, 0, 0, 0}) == "0");
    CHECK(decimal({0, 0, 0, 2}) == "0.00");
    CHECK(decimal({1, 0, 0, 0, 42}) == "42");
    CHECK(decimal({1, 1, 0, 0, 7}) == "70000");
    CHECK(decimal({2, 0, 0x4000, 2, 12, 5000}) == "-12.50");
    CHECK(decimal({1, -1, 0, 4, 1}) == "0.0001");
    CHECK(decimal({1, -2, 0, 6, 100}) == "0.000001");
    CHECK(decimal({3, 1, 0, 3, 1, 0, 1230}) == "10000.123");
    CHECK(decimal({8, 6, 0, 2, 12, 3456, 7890, 1234, 5678, 9012, 3456, 7800}) == "12345678901234567890123456.78");
}

TEST_CASE("a numeric that is no number is text", "[postgres]") {
    CHECK(decimal({0, 0, 0xc000, 0}) == "NaN");
    CHECK(decimal({0, 0, 0xd000, 0}) == "Infinity");
    CHECK(decimal({0, 0, 0xf000, 0}) == "-Infinity");
}

TEST_CASE("bytes that do not fit the type are noticed", "[postgres]") {
    Arena arena;
    for (const auto& [form, bytes] :
         {std::pair{Form::int4, "\0\0\1"s}, std::pair{Form::numeric, "\0\1"s},
          std::pair{Form::numeric, shorts({2, 0, 0, 0, 1})}, std::pair{Form::numeric, shorts({-1, 0, 0, 0})},
          std::pair{Form::uuid, "x"s}, std::pair{Form::jsonb, "\2{}"s}, std::pair{Form::boolean, ""s}}) {
        bool good = true;
        decode(form, bytes, arena, good);
        CHECK_FALSE(good);
    }
}

TEST_CASE("a float4 becomes the number its text shows", "[postgres]") {
    Arena arena;
    bool good = true;
    CHECK(decode(Form::float4, "\x3d\xcc\xcc\xcd"s, arena, good).real == 0.1);
    CHECK(std::isinf(decode(Form::float4, "\x7f\x80\0\0"s, arena, good).real));
    CHECK(std::isnan(decode(Form::float8, "\x7f\xf8\0\0\0\0\0\0"s, arena, good).real));
}

constexpr std::string_view header{"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", 19};

TEST_CASE("a copy is read from its header to its trailer", "[postgres]") {
    Arena arena;
    const std::vector<Form> forms{Form::int2, Form::text};
    BinaryCopy copy(forms);
    Value values[2];
    const std::string row = "\0\2\0\0\0\2\0\7\xff\xff\xff\xff"s;
    CHECK(copy.read(std::string(header) + row, values, arena) == BinaryCopy::Message::row);
    CHECK(values[0].integer == 7);
    CHECK(values[1].is_null());
    CHECK(copy.read("\0\2\0\0\0\2\0\x8\0\0\0\1x"s, values, arena) == BinaryCopy::Message::row);
    CHECK(values[1].view() == "x");
    CHECK(copy.read("\xff\xff"s, values, arena) == BinaryCopy::Message::nothing);
}

TEST_CASE("a copy that is cut anywhere is malformed, never read beyond its end", "[postgres]") {
    Arena arena;
    const std::vector<Form> forms{Form::int2, Form::text};
    const std::string message = std::string(header) + "\0\2\0\0\0\2\0\7\0\0\0\2ab"s;
    Value values[2];
    for (std::size_t size = 0; size < message.size(); ++size) {
        if (size == header.size()) continue;
        BinaryCopy copy(forms);
        const std::string cut = message.substr(0, size);
        CHECK(copy.read(cut, values, arena) == BinaryCopy::Message::malformed);
    }
    BinaryCopy copy(forms);
    CHECK(copy.read(message + "x", values, arena) == BinaryCopy::Message::malformed);
}

}  // namespace
}  // namespace tributary::postgres
