#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/change/change.hpp"

using namespace tributary;

namespace {

using Pointers = std::vector<std::string>;

const std::string order = R"({"number":"S-1","status":"open","total":{"amount":"10.5","currency":"EUR"},)"
                          R"("lines":[{"number":"1","quantity":"2"},{"number":"2","quantity":"5"}]})";

std::string with(std::string text, std::string_view what, std::string_view instead) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), instead);
}

Change change_of(std::string_view before, std::string_view after) {
    Change change;
    REQUIRE(compare(before, after, change));
    return change;
}

bool silent(std::string_view before, std::string_view after) {
    Change change;
    return !compare(before, after, change);
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

}  // namespace

TEST_CASE("An entity that appears is created, one that goes is deleted, and neither names fields", "[change]") {
    Change change{.changed = {"/left over"}};
    REQUIRE(compare("", order, change));
    CHECK(change.type == ChangeType::created);
    CHECK(change.changed.empty());

    change.changed = {"/left over"};
    REQUIRE(compare(order, "", change));
    CHECK(change.type == ChangeType::deleted);
    CHECK(change.changed.empty());
    CHECK(silent("", ""));
}

TEST_CASE("A changed status and a changed quantity are one status change that names both", "[change]") {
    const auto after = with(with(order, "open", "shipped"), R"("5")", R"("4")");
    const auto change = change_of(order, after);
    CHECK(change.type == ChangeType::status_changed);
    CHECK(change.changed == Pointers{"/status", "/lines/1/quantity"});
}

TEST_CASE("A change elsewhere is an update", "[change]") {
    const auto change = change_of(order, with(order, "10.5", "11"));
    CHECK(change.type == ChangeType::updated);
    CHECK(change.changed == Pointers{"/total/amount"});
}

TEST_CASE("A status that comes or goes is a status change", "[change]") {
    const auto without = with(order, R"("status":"open",)", "");
    CHECK(change_of(without, order).type == ChangeType::status_changed);
    CHECK(change_of(order, without).type == ChangeType::status_changed);
    CHECK(change_of(order, without).changed == Pointers{"/status"});
}

TEST_CASE("Only the entity's own status counts", "[change]") {
    CHECK(change_of(R"({"lines":[{"status":"a"}]})", R"({"lines":[{"status":"b"}]})").type == ChangeType::updated);
    CHECK(change_of(R"({"status_text":"a"})", R"({"status_text":"b"})").type == ChangeType::updated);
    CHECK(change_of(R"({"status":{"code":"a"}})", R"({"status":{"code":"b"}})").type == ChangeType::status_changed);
}

TEST_CASE("Where elements came or went the list itself is named", "[change]") {
    const auto more = with(order, R"(,{"number":"2")", R"(,{"number":"9"},{"number":"2")");
    CHECK(change_of(order, more).changed == Pointers{"/lines"});
    CHECK(change_of(more, order).changed == Pointers{"/lines"});
    CHECK(change_of(R"({"lines":[]})", R"({"lines":[1]})").changed == Pointers{"/lines"});
}

TEST_CASE("A member that comes or goes is named, those that went last", "[change]") {
    const auto change =
        change_of(R"({"gone":1,"a":{"x":1,"y":2},"b":1})", R"({"a":{"z":3,"x":1},"new":{"deep":1},"b":2})");
    CHECK(change.changed == Pointers{"/a/z", "/new", "/b", "/a/y", "/gone"});
}

TEST_CASE("Pointers come in the order of the later document", "[change]") {
    CHECK(change_of(R"({"a":1,"b":1,"c":1})", R"({"c":2,"a":2,"b":2})").changed == Pointers{"/c", "/a", "/b"});
}

TEST_CASE("Names are escaped as JSON pointers ask for", "[change]") {
    const auto change = change_of(R"({"a/b":1,"m~n":1,"~1":1,"":1,"say \"x\"":1,"\u0000":1})",
                                  R"({"a/b":2,"m~n":2,"~1":2,"":2,"say \"x\"":2,"\u0000":2})");
    CHECK(change.changed == Pointers{"/a~1b", "/m~0n", "/~01", "/", "/say \"x\"", std::string("/\0", 2)});
}

TEST_CASE("Member order, number spelling, escapes and white space are silent", "[change]") {
    CHECK(silent(R"({"a":1,"b":{"c":2,"d":3}})", R"({"b":{"d":3,"c":2},"a":1})"));
    CHECK(silent(R"({"a":1})", R"({"a":1.0})"));
    CHECK(silent(R"({"a":1})", R"({"a":10e-1})"));
    CHECK(silent(R"({"a":-0})", R"({"a":0.00e5})"));
    CHECK(silent(R"({"a":"\u0041\/"})", R"({"a":"A/"})"));
    CHECK(silent(R"({"a":[1,2]})", "{ \"a\" :\n[ 1 , 2 ] }\n"));
}

TEST_CASE("Values that look alike and are not are told apart", "[change]") {
    const std::vector<std::string> values = {"null",  "true",     "false", "0",  "1",
                                             "\"1\"", "\"true\"", "\"\"",  "[]", "{}"};
    for (const auto& before : values)
        for (const auto& after : values) {
            CAPTURE(before, after);
            Change change;
            const bool differs = compare(R"({"a":)" + before + "}", R"({"a":)" + after + "}", change);
            CHECK(differs == (before != after));
            if (differs) CHECK(change.changed == Pointers{"/a"});
        }
}

TEST_CASE("Numbers are compared to the last digit", "[change]") {
    CHECK_FALSE(silent(R"({"a":9007199254740993})", R"({"a":9007199254740992})"));
    CHECK_FALSE(silent(R"({"a":0.1000000000000000000000000000001})", R"({"a":0.1})"));
    CHECK_FALSE(silent(R"({"a":123456789012345678901234567890})", R"({"a":123456789012345678901234567891})"));
    CHECK_FALSE(silent(R"({"a":1e-400})", R"({"a":0})"));
    CHECK(silent(R"({"a":123456789012345678901234567890})", R"({"a":12345678901234567890123456789e1})"));
}

TEST_CASE("A null member and an absent one differ", "[change]") {
    CHECK(change_of(R"({"a":null})", "{}").changed == Pointers{"/a"});
    CHECK(change_of("{}", R"({"a":null})").changed == Pointers{"/a"});
}

TEST_CASE("Large objects in any order are compared member by member", "[change]") {
    std::string before = "{";
    std::string after = "{";
    for (int i = 0; i < 50'000; ++i) {
        before += "\"f" + std::to_string(i) + "\":1,";
        after += "\"f" + std::to_string(49'999 - i) + "\":1,";
    }
    before += R"("last":1,"gone":1})";
    after += R"("last":2,"new":1})";
    CHECK(change_of(before, after).changed == Pointers{"/last", "/new", "/gone"});
}

TEST_CASE("A document that cannot be read counts as entirely different", "[change]") {
    const std::string good = R"({"status":"open","a":{"b":1}})";
    const std::vector<std::string> unreadable = {"{",
                                                 "nonsense",
                                                 "[]",
                                                 "null",
                                                 "1",
                                                 R"("text")",
                                                 "{} {}",
                                                 "{\"a\":1}\xff",
                                                 "{\"a\":\"\xff\"}",
                                                 " ",
                                                 R"({"a":1,"a":2})",
                                                 std::string("{\"status\":\"open\"}\0x", 19),
                                                 R"({"a":1)",
                                                 R"({"a":01})",
                                                 "{\"a\":" + nested(1000) + "}",
                                                 nested(1'000'000),
                                                 std::string(1'000'000, '['),
                                                 "{\"a\":" + nested(1'000'000) + "}"};
    for (const auto& bad : unreadable) {
        CAPTURE(bad.substr(0, 40));
        const auto repaired = change_of(bad, good);
        CHECK(repaired.type == ChangeType::status_changed);
        CHECK(repaired.changed == Pointers{"/status", "/a"});
        CHECK(change_of(good, bad).changed == Pointers{""});
        CHECK(change_of(good, bad).type == ChangeType::updated);
        CHECK(change_of(bad, bad + " ").changed == Pointers{""});
        CHECK(change_of(bad, "{}").changed == Pointers{""});
        CHECK(silent(bad, bad));
    }
}

TEST_CASE("Nesting that is deep but allowed is compared to the bottom", "[change]") {
    const std::string open = "{\"a\":" + std::string(511, '[');
    std::string close(511, ']');
    close += '}';
    std::string pointer = "/a";
    for (int i = 0; i < 511; ++i) pointer += "/0";
    CHECK(change_of(open + "1" + close, open + "2" + close).changed == Pointers{pointer});
    // one level more cannot be read
    CHECK(change_of(open + "[1]" + close, open + "2" + close).changed == Pointers{"/a"});
}

TEST_CASE("A detector forgets what it compared before, bad documents included", "[change]") {
    ChangeDetector detector;
    Change change;
    REQUIRE(detector.compare(order, with(order, "open", "shipped"), change));
    REQUIRE(detector.compare(R"({"a":[[[)", order, change));
    REQUIRE(detector.compare(R"({"a":1,"b":1,"c":1})", R"({"a":1})", change));
    CHECK(change.changed == Pointers{"/b", "/c"});
    REQUIRE(detector.compare(R"({"a":1})", R"({"a":2})", change));
    CHECK(change.changed == Pointers{"/a"});
    CHECK(change.type == ChangeType::updated);
}

TEST_CASE("Change types have the names of the event types", "[change]") {
    CHECK(name_of(ChangeType::created) == "created");
    CHECK(name_of(ChangeType::updated) == "updated");
    CHECK(name_of(ChangeType::status_changed) == "status_changed");
    CHECK(name_of(ChangeType::deleted) == "deleted");
}
