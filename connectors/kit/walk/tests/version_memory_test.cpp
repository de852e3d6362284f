#include "connectors/kit/walk/version_memory.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace tributary::walk {
namespace {

std::vector<Mark> key(const std::string& text) { return {{Kind::uuid, text}}; }

TEST_CASE("what a load saw is known in the round that begins where it was established", "[walk][versions]") {
    VersionMemory memory;
    const auto load = memory.look(1'000);
    memory.begin_load();
    memory.saw(key("a"), "1");
    memory.page_ended(key("a"));
    memory.go_on(key("a"));
    memory.saw(key("b"), "1");
    memory.page_ended(key("b"));
    const auto first = memory.look(2'000);
    memory.begin_round(load);
    CHECK(memory.knows(key("a"), "1"));
    CHECK(memory.knows(key("b"), "1"));
    CHECK_FALSE(memory.knows(key("a"), "2"));
    memory.saw(key("a"), "2");
    memory.page_ended(key("a"));

    SECTION("a round that was applied is known to the next") {
        (void)memory.look(3'000);
        memory.begin_round(first);
        CHECK(memory.knows(key("a"), "2"));
        CHECK_FALSE(memory.knows(key("b"), "1"));  // it was not listed: it is gone
    }
    SECTION("one that was not applied, or found nothing, begins again with what was known before") {
        (void)memory.look(3'000);
        memory.begin_round(load);
        CHECK_FALSE(memory.knows(key("a"), "2"));
        CHECK(memory.knows(key("b"), "1"));
    }
    SECTION("a place that nobody here established makes it forget") {
        (void)memory.look(3'000);
        memory.begin_round(500);
        CHECK_FALSE(memory.knows(key("b"), "1"));
    }
    SECTION("a page that does not go on from the last one makes it forget") {
        memory.go_on(key("x"));
        CHECK_FALSE(memory.knows(key("b"), "1"));
        memory.saw(key("c"), "1");
        (void)memory.look(3'000);
        memory.begin_round(first);
        CHECK_FALSE(memory.knows(key("c"), "1"));
    }
}

TEST_CASE("moments of looks differ, whatever the clock does", "[walk][versions]") {
    VersionMemory memory;
    CHECK(memory.look(1'000) == 1'000);
    CHECK(memory.look(1'000) == 1'001);
    CHECK(memory.look(10) == 1'002);
}

}  // namespace
}  // namespace tributary::walk
