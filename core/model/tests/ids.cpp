#include <rapidjson/document.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "core/model/entity.hpp"
#include "core/model/id.hpp"

namespace tributary {
namespace {

std::string text_of(const rapidjson::Value& value) { return {value.GetString(), value.GetStringLength()}; }

TEST_CASE("ids are those of docs/id-vectors.json, which another program computed", "[model]") {
    // tests are started in the repository's root
    std::ifstream file("docs/id-vectors.json");
    const std::string json{std::istreambuf_iterator<char>(file), {}};
    rapidjson::Document vectors;
    vectors.Parse(json.c_str());
    REQUIRE(vectors.IsArray());
    REQUIRE(vectors.Size() > 10);
    for (const auto& vector : vectors.GetArray()) {
        const std::string entity = text_of(vector["entity"]);
        IdHasher hasher(text_of(vector["tenant"]), text_of(vector["space"]), entity);
        hasher.begin();
        for (const auto& part : vector["identity"].GetArray()) hasher.part(text_of(part));
        INFO(vector["about"].GetString());
        CHECK(id_text(catalogue().find(entity)->tag, hasher.id()) == text_of(vector["id"]));
    }
}

TEST_CASE("one hasher makes the same id again after others", "[model]") {
    IdHasher hasher("acme", "erp", "customer");
    hasher.begin();
    hasher.part("42");
    const EntityId first = hasher.id();
    hasher.begin();
    hasher.part("a much longer identity than the one before");
    CHECK(hasher.id() != first);
    hasher.begin();
    hasher.part("42");
    CHECK(hasher.id() == first);
}

TEST_CASE("an id's text reads back, and nothing else does", "[model]") {
    const EntityId id{0xffffffffffffffffU, 0x0123456789abcdefU};
    const std::string text = id_text("cus", id);
    CHECK(text == "cus_7zzzzzzzzzzzzg28t5cy4tqkff");
    CHECK(parse_id("cus", text) == id);
    CHECK_FALSE(parse_id("ord", text));
    CHECK_FALSE(parse_id("cus", text.substr(0, text.size() - 1)));
    CHECK_FALSE(parse_id("cus", text + "0"));
    CHECK_FALSE(parse_id("cus", "cus_8zzzzzzzzzzzzg28t5cy4tqkff"));
    CHECK_FALSE(parse_id("cus", "cus_7zzzzzzzzzzzzg28t5cy4tqkfu"));
    CHECK_FALSE(parse_id("cus", "CUS_7ZZZZZZZZZZZZG28T5CY6TQKFF"));
}

}  // namespace
}  // namespace tributary
