#include "core/settings/diagnostics.hpp"

#include <rapidjson/document.h>

#include <catch2/catch.hpp>
#include <string>

namespace tributary {
namespace {

const std::string a = "a.yaml";
const std::string b = "b.yaml";

TEST_CASE("findings come in the order of file, line and column") {
    Diagnostics diagnostics;
    diagnostics.error({&b, 1, 1}, "five");
    diagnostics.error({&a, 10, 2}, "four");
    diagnostics.warning({&a, 2, 9}, "three");
    diagnostics.error({&a, 2, 3}, "two");
    diagnostics.error({}, "one");
    CHECK(diagnostics.text() ==
          "error: one\na.yaml:2:3: error: two\na.yaml:2:9: warning: three\na.yaml:10:2: error: four\n"
          "b.yaml:1:1: error: five\n");
}

TEST_CASE("warnings alone are no errors") {
    Diagnostics diagnostics;
    CHECK_FALSE(diagnostics.has_errors());
    diagnostics.warning({&a, 1, 1}, "odd");
    CHECK_FALSE(diagnostics.has_errors());
    diagnostics.error({&a, 0, 0}, "bad");
    CHECK(diagnostics.has_errors());
    CHECK(diagnostics.text() == "a.yaml: error: bad\na.yaml:1:1: warning: odd\n");
}

TEST_CASE("colour is added around the place and the severity only") {
    Diagnostics diagnostics;
    diagnostics.error({&a, 1, 2}, "bad");
    CHECK(diagnostics.text(true) == "\x1b[1ma.yaml:1:2: \x1b[0m\x1b[1;31merror:\x1b[0m bad\n");
}

TEST_CASE("JSON says the same, whatever is in a message") {
    Diagnostics diagnostics;
    diagnostics.error({&a, 3, 4}, "found '\"\\\n'");
    diagnostics.warning({}, "odd");
    rapidjson::Document json;
    json.Parse(diagnostics.json().c_str());
    REQUIRE(json.IsArray());
    REQUIRE(json.Size() == 2);
    CHECK(std::string(json[0]["severity"].GetString()) == "warning");
    CHECK(std::string(json[0]["file"].GetString()).empty());
    CHECK(std::string(json[1]["file"].GetString()) == "a.yaml");
    CHECK(json[1]["line"].GetInt() == 3);
    CHECK(json[1]["column"].GetInt() == 4);
    CHECK(std::string(json[1]["message"].GetString()) == "found '\"\\\n'");
    CHECK(Diagnostics{}.json() == "[]");
}

constexpr std::string_view names[] = {"watermark", "table", "key", "time_zone", "id", "x"};

TEST_CASE("a suggestion is near, and nothing is suggested for what nobody mistypes") {
    CHECK(nearest("watermrk", names) == "watermark");
    CHECK(nearest("tabel", names) == "table");
    CHECK(nearest("KEY", names) == "key");
    CHECK(nearest("time-zone", names) == "time_zone");
    CHECK(nearest("timezone", names) == "time_zone");
    CHECK(nearest("di", names) == "id");
    CHECK(nearest("colour", names).empty());
    CHECK(nearest("y", names).empty());
    CHECK(nearest("", names).empty());
    CHECK(nearest(std::string(100'000, 'k'), names).empty());
    CHECK(nearest("key", {}).empty());
    CHECK(did_you_mean("tabel", names) == ", did you mean 'table'?");
    CHECK(did_you_mean("colour", names).empty());
}

}  // namespace
}  // namespace tributary
