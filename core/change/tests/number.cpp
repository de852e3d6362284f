#include "core/change/number.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tributary;

TEST_CASE("Numbers are the same by value, however they are spelled", "[change]") {
    const std::vector<std::vector<std::string>> values = {
        {"1", "1.0", "10e-1", "0.1e1", "1e0", "1E+0", "0.001e3", "1000e-3", "1e00000000000000000000000000000000"},
        {"0", "-0", "0.000", "0e5", "-0.0e-7"},
        {"-12.5", "-125e-1", "-0.125e2", "-12.500"},
        {"100", "1e2", "1.00e2", "100.00"},
        {"0.001", "1e-3", "0.00100"},
        {"101", "10.1e1"},
        {"1e99999999999999999", "10e99999999999999998"},
        {"12345678901234567890123456789012345678901234567890", "1234567890123456789012345678901234567890123456789e1"},
    };
    for (std::size_t i = 0; i < values.size(); ++i)
        for (const auto& left : values[i])
            for (std::size_t j = 0; j < values.size(); ++j)
                for (const auto& right : values[j]) {
                    CAPTURE(left, right);
                    CHECK(same_number(left, right) == (i == j));
                }
}

TEST_CASE("Exponents beyond any sense are compared by spelling", "[change]") {
    CHECK_FALSE(same_number("1e-100000000000000000000", "1e-100000000000000000001"));
    CHECK_FALSE(same_number("1e-100000000000000000000", "0"));
    CHECK(same_number("1e-100000000000000000000", "1e-100000000000000000000"));
}

TEST_CASE("What is no number equals only its own spelling", "[change]") {
    for (const std::string text :
         {"", "-", ".", "1.", ".5", "+1", "1e", "1e+", "0x1", "1 ", " 1", "1,5", "--1", "1-2"}) {
        CAPTURE(text);
        CHECK(same_number(text, text));
        for (const auto* number : {"0", "1", "-1", "0.5", "1.5"}) CHECK_FALSE(same_number(text, number));
    }
}
