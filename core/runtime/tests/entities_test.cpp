#include "core/runtime/entities.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tributary {
namespace {

/// Folds documents of an entity whose order is their precedence, by the rules of the catalogue.
std::string folded(std::string_view entity, const std::vector<std::string>& documents) {
    const std::vector<FoldRules> rules = fold_rules(catalogue());
    const Entity* found = catalogue().find(entity);
    REQUIRE(found != nullptr);
    std::vector<RecordView> records;
    for (std::uint32_t i = 0; i < documents.size(); ++i) records.push_back({i, "1", documents[i]});
    Arena arena;
    return std::string(fold(records, rules[found->number], arena));
}

TEST_CASE("a phone number that two sources know is one phone of the customer", "[fold]") {
    CHECK(folded("customer", {R"({"phones":[{"number":"+48221234567"}]})",
                              R"({"phones":[{"number":"+48221234567","label":"work"},{"number":"+48501234567"}]})"}) ==
          R"({"phones":[{"number":"+48221234567"},{"number":"+48501234567"}]})");
}

TEST_CASE("an e-mail address that two sources know is one e-mail address of the customer", "[fold]") {
    CHECK(folded("customer", {R"({"emails":[{"address":"jan@kowalski.example","label":"billing"}]})",
                              R"({"emails":[{"address":"jan@kowalski.example"}]})"}) ==
          R"({"emails":[{"address":"jan@kowalski.example","label":"billing"}]})");
}

TEST_CASE("two addresses with one label are two, and one that is alike in everything is one", "[fold]") {
    const std::string prosta = R"({"label":"billing","street":"Prosta 1"})";
    const std::string dluga = R"({"label":"billing","street":"Dluga 2"})";
    const std::string joined = R"({"addresses":[)" + dluga + "," + prosta + "]}";
    CHECK(folded("customer", {R"({"addresses":[)" + prosta + "]}", joined}) == joined);
}

TEST_CASE("a barcode that two sources know is one", "[fold]") {
    CHECK(folded("product", {R"({"barcodes":["5901","5902"]})", R"({"barcodes":["5902"]})"}) ==
          R"({"barcodes":["5901","5902"]})");
}

TEST_CASE("a line's number tells it apart: the first record's line is taken whole", "[fold]") {
    CHECK(folded("sales_order", {R"({"lines":[{"number":"1","quantity":"2"}]})",
                                 R"({"lines":[{"number":"1","quantity":"3"},{"number":"2","quantity":"4"}]})"}) ==
          R"({"lines":[{"number":"1","quantity":"2"},{"number":"2","quantity":"4"}]})");
}

}  // namespace
}  // namespace tributary
