#include <catch2/catch.hpp>
#include <limits>
#include <random>

#include "core/model/decimal.hpp"

namespace tributary {
namespace {

std::string canonical(std::string_view text) {
    Arena arena;
    const auto decimal = parse_scientific(text, arena);
    return decimal ? std::string(decimal->text(arena)) : "none";
}

std::string rounded_text(std::string_view text, std::size_t scale) {
    Arena arena;
    return std::string(rounded(*parse_decimal(text), scale, arena).text(arena));
}

std::string text_of(double number) {
    Arena arena;
    const auto decimal = decimal_of(number, arena);
    return decimal ? std::string(decimal->text(arena)) : "none";
}

TEST_CASE("a number has one spelling", "[model]") {
    const auto [given, expected] = GENERATE(table<std::string, std::string>({
        {"42", "42"},
        {"42.0", "42"},
        {"+042.500", "42.5"},
        {"-0", "0"},
        {"-0.00", "0"},
        {".5", "0.5"},
        {"5.", "5"},
        {"-.25", "-0.25"},
        {"0.10", "0.1"},
        {"123456789012345678901234567890.123456789", "123456789012345678901234567890.123456789"},
        {"1e3", "1000"},
        {"1.5E-3", "0.0015"},
        {"-12.5e+1", "-125"},
        {"0e5", "0"},
        {"12345e-2", "123.45"},
    }));
    CHECK(canonical(given) == expected);
}

TEST_CASE("what is no number is not read", "[model]") {
    const auto text = GENERATE(as<std::string>(), "", ".", "-", "+-1", "1,5", " 1", "1 ", "1.2.3", "NaN", "Infinity",
                               "0x10", "1e", "e5", "1e1001", "1e99999999999", "--1", "1e+-5");
    CHECK(canonical(text) == "none");
}

TEST_CASE("rounding is half to even, and carries", "[model]") {
    CHECK(rounded_text("2.345", 2) == "2.34");
    CHECK(rounded_text("2.355", 2) == "2.36");
    CHECK(rounded_text("2.3450001", 2) == "2.35");
    CHECK(rounded_text("-2.5", 0) == "-2");
    CHECK(rounded_text("-3.5", 0) == "-4");
    CHECK(rounded_text("9.999", 2) == "10");
    CHECK(rounded_text("0.004", 2) == "0");
    CHECK(rounded_text("-0.004", 2) == "0");
    CHECK(rounded_text("0.5", 0) == "0");
    CHECK(rounded_text("1.5", 5) == "1.5");
}

TEST_CASE("decimals order as numbers", "[model]") {
    const auto sorted =
        std::to_array<std::string_view>({"-10", "-9.5", "-0.1", "0", "0.05", "0.1", "0.12", "9", "10", "10.5"});
    for (std::size_t i = 0; i < sorted.size(); ++i)
        for (std::size_t j = 0; j < sorted.size(); ++j)
            CHECK((compare(*parse_decimal(sorted[i]), *parse_decimal(sorted[j])) <=> 0) == (i <=> j));
}

TEST_CASE("a double becomes the shortest decimal that reads back", "[model]") {
    CHECK(text_of(0.1) == "0.1");
    CHECK(text_of(42.0) == "42");
    CHECK(text_of(0.1 + 0.2) == "0.30000000000000004");
    CHECK(text_of(1e300).size() == 301);
    CHECK(text_of(-0.0) == "0");
    CHECK(text_of(std::numeric_limits<double>::infinity()) == "none");
    CHECK(text_of(std::numeric_limits<double>::quiet_NaN()) == "none");
}

TEST_CASE("whole decimals of 64 bits are integers, larger ones are not", "[model]") {
    CHECK(parse_decimal("-9223372036854775808")->integer() == std::numeric_limits<std::int64_t>::min());
    CHECK(parse_decimal("9223372036854775807.0")->integer() == std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(parse_decimal("9223372036854775808")->integer());
    CHECK_FALSE(parse_decimal("1.5")->integer());
    CHECK(parse_decimal("0.0")->integer() == 0);
}

}  // namespace
}  // namespace tributary
