#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/change/change.hpp"
#include "core/change/fold.hpp"

using namespace tributary;

namespace {

constexpr std::uint64_t seeds = 500;

const FoldRules rules = {{{"name"},
                          {"status"},
                          {"lines", Combine::list, "number", "number"},
                          {"barcodes", Combine::list},
                          {"attributes", Combine::members}}};

using Random = std::mt19937_64;

/// A record as a model: what its document says, field by field.
struct Source {
    std::uint32_t precedence = 0;
    std::string key;
    std::map<std::string, std::string> scalars;
    std::map<int, std::string> lines;  ///< By number.
    std::set<std::string> barcodes;
    std::map<std::string, std::string> attributes;

    auto place() const { return std::tie(precedence, key); }
};

std::string join(const std::vector<std::string>& parts) {
    std::string out;
    for (const auto& part : parts) out += (out.empty() ? "" : ",") + part;
    return out;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string document_of(const Source& source) {
    std::vector<std::string> fields;
    for (const auto& [name, value] : source.scalars) fields.push_back(quoted(name) + ":" + quoted(value));
    std::vector<std::string> elements;
    for (const auto& [number, unit] : source.lines)
        elements.push_back(R"({"number":")" + std::to_string(number) + R"(","unit":)" + quoted(unit) + "}");
    if (!elements.empty()) fields.push_back(R"("lines":[)" + join(elements) + "]");
    elements.clear();
    for (const auto& barcode : source.barcodes) elements.push_back(quoted(barcode));
    if (!elements.empty()) fields.push_back(R"("barcodes":[)" + join(elements) + "]");
    elements.clear();
    for (const auto& [name, value] : source.attributes) elements.push_back(quoted(name) + ":" + quoted(value));
    if (!elements.empty()) fields.push_back(R"("attributes":{)" + join(elements) + "}");
    return "{" + join(fields) + "}";
}

std::string word(Random& random) { return std::string(1, static_cast<char>('a' + random() % 6)) + "}],\\\""; }

std::vector<Source> random_sources(Random& random) {
    std::vector<Source> sources(2 + random() % 5);
    for (std::size_t i = 0; i < sources.size(); ++i) {
        auto& source = sources[i];
        source.precedence = static_cast<std::uint32_t>(random() % 3);
        source.key = std::to_string(i);
        for (const auto* name : {"name", "status"})
            if (random() % 2 == 0) source.scalars[name] = word(random);
        for (auto n = random() % 5; n > 0; --n) source.lines[static_cast<int>(random() % 30)] = word(random);
        for (auto n = random() % 4; n > 0; --n) source.barcodes.insert(std::to_string(random() % 9));
        for (auto n = random() % 4; n > 0; --n) source.attributes["k" + std::to_string(random() % 5)] = word(random);
    }
    return sources;
}

/// The fold by the book, on the model: maps keep what they have, so the first word stands.
Source expected(std::vector<Source> sources) {
    std::ranges::sort(sources, {}, &Source::place);
    Source all;
    for (auto& source : sources) {
        all.scalars.merge(source.scalars);
        all.lines.merge(source.lines);
        all.barcodes.merge(source.barcodes);
        all.attributes.merge(source.attributes);
    }
    return all;
}

struct Documents {
    std::vector<Source> sources;
    std::vector<std::string> texts;
    std::vector<RecordView> records;

    explicit Documents(std::vector<Source> given) : sources(std::move(given)) {
        for (const auto& source : sources) texts.push_back(document_of(source));
        for (std::size_t i = 0; i < sources.size(); ++i)
            records.push_back({sources[i].precedence, sources[i].key, texts[i]});
    }
};

}  // namespace

TEST_CASE("The fold is what survivorship by the book gives", "[change]") {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Random random(seed);
        const auto sources = random_sources(random);
        const Documents documents(sources);
        Arena arena;
        CAPTURE(seed, documents.texts);
        REQUIRE(fold(documents.records, rules, arena) == document_of(expected(sources)));
    }
}

TEST_CASE("The order in which records are handed over changes nothing", "[change]") {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Random random(seed);
        Documents documents(random_sources(random));
        Arena arena;
        const auto once = fold(documents.records, rules, arena);
        std::ranges::shuffle(documents.records, random);
        CAPTURE(seed, documents.texts);
        REQUIRE(fold(documents.records, rules, arena) == once);
    }
}

TEST_CASE("Folding a fold again, alone, twice or with its records, changes nothing", "[change]") {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Random random(seed);
        Documents documents(random_sources(random));
        Arena arena;
        const auto once = fold(documents.records, rules, arena);
        const std::vector<RecordView> twice = {{0, "a", once}, {0, "b", once}};
        CAPTURE(seed, documents.texts);
        REQUIRE(fold({twice.data(), 1}, rules, arena) == once);
        REQUIRE(fold(twice, rules, arena) == once);
        for (auto& record : documents.records) ++record.precedence;
        documents.records.push_back({0, "fold", once});
        REQUIRE(fold(documents.records, rules, arena) == once);
    }
}

TEST_CASE("A record that adds nothing leaves the entity silent", "[change]") {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        Random random(seed);
        Documents documents(random_sources(random));
        Arena arena;
        const auto once = fold(documents.records, rules, arena);
        auto echo = documents.records.front();
        echo.precedence = 9;
        echo.key = "echo";
        documents.records.push_back(echo);
        Change change;
        CAPTURE(seed, documents.texts);
        REQUIRE_FALSE(compare(once, fold(documents.records, rules, arena), change));
    }
}
