#include "core/change/fold.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace tributary;

namespace {

const FoldRules customer = {{{"name"},
                             {"phones", Combine::list, "number", "number"},
                             {"addresses", Combine::list, "label"},
                             {"tags", Combine::list},
                             {"lines", Combine::list, "number", "number"},
                             {"credit_limit"},
                             {"attributes", Combine::members}}};

/// Folds documents whose order is their precedence.
std::string folded(const std::vector<std::string>& documents) {
    std::vector<RecordView> records;
    for (std::uint32_t i = 0; i < documents.size(); ++i) records.push_back({i, "1", documents[i]});
    Arena arena;
    return std::string(fold(records, customer, arena));
}

}  // namespace

TEST_CASE("An entity without records is not there", "[change]") {
    Arena arena;
    CHECK(fold({}, customer, arena).empty());
}

TEST_CASE("Among records of one stream the newest decides, those without a date come last", "[change]") {
    const RecordView records[] = {{0, "1", R"({"name":"undated"})"},
                                  {0, "2", R"({"name":"old"})", "2026-01-01T00:00:00.000000Z"},
                                  {0, "3", R"({"name":"new"})", "2026-02-01T00:00:00.000000Z"},
                                  {1, "4", R"({"name":"another stream"})", "2026-03-01T00:00:00.000000Z"}};
    Arena arena;
    CHECK(fold(records, customer, arena) == R"({"name":"new"})");
    CHECK(fold(std::span(records).first(2), customer, arena) == R"({"name":"old"})");
}

TEST_CASE("A single record is its own fold, byte for byte", "[change]") {
    const std::string odd = R"({"unknown":1,"phones":[{"number":"9"},{"number":"1"}], "name":null})";
    Arena arena;
    const RecordView record{0, "1", odd};
    CHECK(fold({&record, 1}, customer, arena).data() == odd.data());
    CHECK(folded({odd}) == odd);
}

TEST_CASE("The first record that has a scalar decides it, in the order of the schema", "[change]") {
    CHECK(folded({R"({"credit_limit":{"amount":"1","currency":"EUR"}})",
                  R"({"name":"Ann","credit_limit":{"amount":"2","currency":"PLN"}})", R"({"name":"Bob"})"}) ==
          R"({"name":"Ann","credit_limit":{"amount":"1","currency":"EUR"}})");
}

TEST_CASE("A null is no word on a field", "[change]") {
    CHECK(folded({R"({"name":null,"attributes":{"a":null}})", R"({"name":"Bob","attributes":{"a":1,"b":null}})"}) ==
          R"({"name":"Bob","attributes":{"a":1}})");
}

TEST_CASE("The stream decides before the record's key, and the key before the content", "[change]") {
    const std::string ann = R"({"name":"Ann"})";
    const std::string bob = R"({"name":"Bob"})";
    Arena arena;
    const auto name = [&](std::vector<RecordView> records) { return fold(records, customer, arena); };
    CHECK(name({{1, "1", ann}, {0, "2", bob}}) == bob);
    CHECK(name({{0, "2", ann}, {0, "1", bob}}) == bob);
    CHECK(name({{0, "1", bob}, {0, "1", ann}}) == ann);
}

TEST_CASE("Attributes are merged by name and sorted", "[change]") {
    CHECK(folded({R"({"attributes":{"z":{"deep":[1,2]},"m":"first"}})", R"({"attributes":{"m":"second","a":"}"}})"}) ==
          R"({"attributes":{"a":"}","m":"first","z":{"deep":[1,2]}}})");
}

TEST_CASE("Lists are joined and sorted by key, numbers as numbers", "[change]") {
    CHECK(folded({R"({"lines":[{"number":"9","unit":"kg"},{"number":"10"}]})",
                  R"({"lines":[{"number":"1a"},{"number":"2"},{"number":100}]})"}) ==
          R"({"lines":[{"number":"2"},{"number":"9","unit":"kg"},{"number":"10"},{"number":100},{"number":"1a"}]})");
}

TEST_CASE("An element that an earlier record has is left out whole", "[change]") {
    CHECK(folded({R"({"phones":[{"number":"+49 1"}]})",
                  R"({"phones":[{"number":"+49 1","label":"mobile"},{"number":"+49 2","label":"home"}]})"}) ==
          R"({"phones":[{"number":"+49 1"},{"number":"+49 2","label":"home"}]})");
}

TEST_CASE("A sort key alone makes no two elements one", "[change]") {
    CHECK(
        folded({R"({"addresses":[{"label":"home","street":"B 2"},{"label":"work","street":"C 3"}]})",
                R"({"addresses":[{"label":"home","street":"A 1"},{"label":"home","street":"B 2"},{"street":"0"}]})"}) ==
        R"({"addresses":[{"label":"home","street":"A 1"},{"label":"home","street":"B 2"},)"
        R"({"label":"work","street":"C 3"},{"street":"0"}]})");
}

TEST_CASE("Elements without their key are the same only when they are alike in everything", "[change]") {
    CHECK(folded({R"({"phones":[{"label":"b"}]})", R"({"phones":[{"label":"b"},{"label":"a"}]})"}) ==
          R"({"phones":[{"label":"a"},{"label":"b"}]})");
}

TEST_CASE("What one record repeats stays repeated", "[change]") {
    CHECK(folded({R"({"lines":[{"unit":"kg"},{"unit":"kg"},{"number":"1","unit":"b"},{"number":"1","unit":"a"}]})",
                  R"({"lines":[{"unit":"kg"},{"number":"1","unit":"c"}]})"}) ==
          R"({"lines":[{"number":"1","unit":"a"},{"number":"1","unit":"b"},{"unit":"kg"},{"unit":"kg"}]})");
}

TEST_CASE("Lists without a key are sets", "[change]") {
    CHECK(folded({R"({"tags":["b","[","a"]})", R"({"tags":["c","a","x\"]"]})"}) ==
          R"({"tags":["[","a","b","c","x\"]"]})");
    CHECK(folded({R"({"tags":[]})", R"({"tags":[]})"}) == R"({"tags":[]})");
}

TEST_CASE("Fields the rules do not know follow by name", "[change]") {
    CHECK(folded({R"({"name":"Ann","zebra":[1]})", R"({"yak":{"a":"{"},"zebra":[2]})"}) ==
          R"({"name":"Ann","yak":{"a":"{"},"zebra":[1]})");
}

TEST_CASE("Records that say nothing make an empty entity", "[change]") { CHECK(folded({"{}", "{}"}) == "{}"); }

TEST_CASE("Torn documents are read as far as they go and never beyond", "[change]") {
    const std::string whole = R"({"name":"A\"nn","phones":[{"number":"1"},{"number":"\\"}],"attributes":{"a":[1,{}]}})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // a copy of its own, so that the sanitizer sees a step too far
        const std::vector<char> torn(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const std::vector<RecordView> records = {{0, "1", {torn.data(), torn.size()}}, {1, "1", R"({"name":"Bob"})"}};
        Arena arena;
        const auto result = fold(records, customer, arena);
        CAPTURE(size, result);
        CHECK(result.starts_with(size < 16 ? R"({"name":"Bob")" : R"({"name":"A\"nn")"));
    }
}
