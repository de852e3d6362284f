#include "core/change/through.hpp"

#include <catch2/catch.hpp>

namespace tributary {

TEST_CASE("what a record takes of others is written, found and replaced", "[through]") {
    Arena arena;
    std::string document = R"({"number":"1","customer_id":)";
    append_through({"ord_1", R"(a"b\c)", "customer_id"}, document);
    document += R"(,"attributes":{"$through":{"id":"mine"}},"$since":"x"})";
    const auto found = throughs_of(document, arena);
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == "ord_1");
    CHECK(found[0].key == R"(a"b\c)");
    CHECK(found[0].take == "customer_id");
    const std::string_view known[] = {"cus_2"};
    CHECK(resolved(document, known, arena) ==
          R"({"number":"1","customer_id":"cus_2","attributes":{"$through":{"id":"mine"}},"$since":"x"})");
    const std::string_view unknown[] = {""};
    CHECK(resolved(document, unknown, arena) ==
          R"({"number":"1","attributes":{"$through":{"id":"mine"}},"$since":"x"})");
    CHECK(throughs_of(R"({"name":"{\"$through\":{\"id\":\"x\"}}"})", arena).empty());
}

}  // namespace tributary
