#include "core/publish/dead_letter.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "core/model/times.hpp"

namespace tributary {
namespace {

std::string json_of(const Value& value) {
    const Shape shape{{"before", "value", "after"}};
    const Value values[] = {Value::of(std::int64_t{1}), value, Value::of(std::int64_t{2})};
    Row row;
    row.values = {&shape, values};
    return row_json(row);
}

std::string with(std::string_view value) { return R"({"before":1,"value":)" + std::string(value) + R"(,"after":2})"; }

TEST_CASE("a dead letter names numbers that JSON has no word for", "[dead_letter]") {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    CHECK(json_of(Value::of_real(std::numeric_limits<double>::quiet_NaN())) == with(R"("NaN")"));
    CHECK(json_of(Value::of_real(infinity)) == with(R"("Infinity")"));
    CHECK(json_of(Value::of_real(-infinity)) == with(R"("-Infinity")"));
    CHECK(json_of(Value::of_real(0.5)) == with("0.5"));
}

TEST_CASE("a dead letter shows times beyond the calendar as the numbers they are", "[dead_letter]") {
    CHECK(json_of(Value::date(last_day)) == with(R"("9999-12-31")"));
    CHECK(json_of(Value::date(last_day + 1)) == with(R"("2932897 days since 1970-01-01")"));
    CHECK(json_of(Value::date(-800'000)) == with(R"("-800000 days since 1970-01-01")"));
    CHECK(json_of(Value::instant(INT64_MIN)) == with(R"("-9223372036854775808 microseconds since 1970-01-01")"));
    CHECK(json_of(Value::instant(0)) == with(R"("1970-01-01T00:00:00.000000Z")"));
}

TEST_CASE("a reject is told by its row, its reason and what the mapping says, not by where that stands",
          "[dead_letter]") {
    const Reject reject{"map", "'x' is not in the map", {}, "shop.yaml", 14};
    const Reject moved{"map", "'x' is not in the map", {}, "/etc/shop.yaml", 99};
    const Reject other{"map", "'y' is not in the map", {}, "shop.yaml", 14};
    const std::uint64_t hash = reject_hash("{}", reject, "m");
    CHECK(hash == reject_hash("{}", moved, "m"));
    CHECK(hash != reject_hash("{}", other, "m"));
    CHECK(hash != reject_hash("{}", reject, "n"));
    CHECK(hash != reject_hash("{ }", reject, "m"));
}

TEST_CASE("a dead letter fits into what the broker takes, whatever its row has to be quoted as", "[dead_letter]") {
    Arena arena;
    for (const char* piece : {"x", "\"", "\\", "\x01", "\xc3\xa4"}) {
        std::string row;
        while (row.size() < 300'000) row += piece;
        for (const std::size_t most : {1024UL, 100'000UL, 1'000'000UL}) {
            const std::string_view body = dead_letter_body(row, 7, most, arena);
            CAPTURE(piece, most, body.size());
            CHECK(body.size() <= most);
            CHECK(body.size() > std::min(most, most_dead_letter_bytes) / 2);
            CHECK(body.ends_with(R"(","cut":true,"size":)" + std::to_string(row.size()) +
                                 R"(,"hash":"0000000000000007"})"));
        }
    }
}

}  // namespace
}  // namespace tributary
