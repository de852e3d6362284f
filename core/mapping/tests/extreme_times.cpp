#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

// Under the sanitizers, which stop at an overflow, these tests are what they are for; anywhere else a day that wrapped
// around must still not get through.

namespace tributary {
namespace {

/// What becomes of `at`, read by `reading`: the document, or the reason of the reject.
std::string mapped(const std::string& reading, const Value& at) {
    YamlFiles files;
    Diagnostics diagnostics;
    const std::string yaml =
        "source: {time_zone: Europe/Warsaw}\nstream: {entity: sales_order, key: [id], fields: {number: id, "
        "promised_at: " +
        reading + "}}\n";
    const Node node = files.parse(yaml, "test.yaml", process_environment(), diagnostics);
    const auto mapping =
        Mapping::compile({"acme", "erp", "orders", node.find("stream"), node.find("source")}, diagnostics);
    INFO(diagnostics.text());
    REQUIRE(mapping != nullptr);
    const Shape shape{{"id", "at"}};
    const Value values[] = {Value::of(std::int64_t{7}), at};
    Row row;
    row.values = {&shape, values};
    row.key = {values, 1};
    Arena arena;
    const MappedRow result = mapping->map(row, arena);
    return std::string(result.reject != nullptr ? result.reject->reason : result.records[0].document);
}

constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
constexpr const char* day = "{from: at, type: date}";

TEST_CASE("the day of a point in time at the ends of 64 bits is a reject", "[mapping]") {
    const std::string naive = "promised_at: 'timestamp without zone' is outside the years 0001 to 9999";
    const std::string instant = "promised_at: 'instant' is outside the years 0001 to 9999";
    for (const std::int64_t micros : {least, least + 1, most - 1, most}) {
        CAPTURE(micros);
        CHECK(mapped(day, Value::naive(micros)) == naive);
        CHECK(mapped(day, Value::instant(micros)) == instant);
        CHECK(mapped("at", Value::naive(micros)) == naive);
        CHECK(mapped("at", Value::instant(micros)) == instant);
    }
}

TEST_CASE("seconds since 1970 that no year has are a reject, whatever they are read as", "[mapping]") {
    const auto reject = [](const std::string& text, const std::string& why) {
        return "promised_at: '" + text + "' " + why;
    };
    for (const std::string seconds : {"9223372036854.999999", "-9223372036854.999999", "999999999999.5"}) {
        CAPTURE(seconds);
        const Value at = Value::text(seconds);
        for (const std::string type : {"date", "instant"}) {
            const std::string found = mapped("{from: at, type: " + type + ", format: \"%s.%f\"}", at);
            const bool refused = found == reject(seconds, "is outside the years 0001 to 9999") ||
                                 found == reject(seconds, "does not look like its format");
            CAPTURE(found);
            CHECK(refused);
        }
    }
}

TEST_CASE("the first and the last day are days", "[mapping]") {
    constexpr std::int64_t first = -62'135'596'800'000'000;
    constexpr std::int64_t last = 253'402'300'799'999'999;
    CHECK(mapped(day, Value::naive(first)) == R"({"number":"7","promised_at":"0001-01-01"})");
    CHECK(mapped(day, Value::naive(last)) == R"({"number":"7","promised_at":"9999-12-31"})");
    CHECK(mapped(day, Value::instant(-1)) == R"({"number":"7","promised_at":"1970-01-01"})");
    CHECK(mapped(day, Value::naive(-1)) == R"({"number":"7","promised_at":"1969-12-31"})");
}

}  // namespace
}  // namespace tributary
