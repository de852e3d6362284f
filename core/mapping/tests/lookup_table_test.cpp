#include "core/mapping/lookup_table.hpp"

#include <catch2/catch.hpp>

namespace tributary {
namespace {

/// Rows of {code, days, note} with these codes and days.
Batch terms(const std::vector<std::pair<Value, std::int64_t>>& rows, std::size_t note_bytes = 0) {
    Batch batch;
    batch.shapes.push_back(std::make_shared<Shape>(Shape{{"code", "days", "note"}}));
    for (const auto& [code, days] : rows) {
        auto values = batch.arena.array<Value>(3);
        values[0] = code;
        values[1] = Value::of(days);
        values[2] = Value::text(batch.arena.copy(std::string(note_bytes, 'x')));
        Row& row = batch.rows.emplace_back();
        row.key = values.first(1);
        row.values = {batch.shapes[0].get(), values.data()};
    }
    return batch;
}

std::shared_ptr<const LookupTable> table_of(const std::vector<std::pair<Value, std::int64_t>>& rows) {
    LookupBuilder builder("terms", {"code"});
    REQUIRE(builder.add(terms(rows)));
    return builder.finish();
}

const std::vector<std::string> days = {"days"};

}  // namespace

TEST_CASE("the contents of a look-up do not depend on the order of its rows or on columns nobody takes", "[lookup]") {
    const auto one = table_of({{Value::text("a"), 1}, {Value::text("b"), 2}});
    CHECK(one->contents(days) == table_of({{Value::text("b"), 2}, {Value::text("a"), 1}})->contents(days));
    CHECK(one->contents(days) != table_of({{Value::text("b"), 1}, {Value::text("a"), 2}})->contents(days));
    CHECK(one->contents(days) != table_of({{Value::text("a"), 1}})->contents(days));
    CHECK(one->contents(days) != table_of({})->contents(days));
    LookupBuilder noted("terms", {"code"});
    REQUIRE(noted.add(terms({{Value::text("a"), 1}, {Value::text("b"), 2}}, 7)));
    CHECK(noted.finish()->contents(days) == one->contents(days));
}

TEST_CASE("two look-ups differ in the entries that are new, gone or say something else to whoever takes a column",
          "[lookup]") {
    const auto before = table_of({{Value::text("a"), 1}, {Value::of(std::int64_t{2}), 2}, {Value::text("c/d"), 3}});
    const auto now = table_of({{Value::text("a"), 1}, {Value::text("2"), 20}, {Value::text("e"), 5}});
    auto differences = before->differences(*now, days, 3);
    REQUIRE(differences);
    std::ranges::sort(*differences);
    CHECK(*differences == std::vector<LookupTable::Key>{{"2"}, {"c/d"}, {"e"}});
    CHECK_FALSE(before->differences(*now, days, 2));
    CHECK(before->differences(*now, {}, 2) == std::vector<LookupTable::Key>{{"c/d"}, {"e"}});
    CHECK(now->differences(*now, days, 0)->empty());
}

TEST_CASE("a row without a key is no entry; one key for two rows, or a key that is none, is refused", "[lookup]") {
    CHECK(table_of({{Value::null(), 1}, {Value::null(), 2}, {Value::text("a"), 3}})->size() == 1);
    LookupBuilder twice("terms", {"code"});
    const auto same = twice.add(terms({{Value::of(std::int64_t{7}), 1}, {Value::text("7"), 2}}));
    REQUIRE_FALSE(same);
    CHECK(same.error().verdict == Verdict::stop);
    CHECK(same.error().what.find("'terms' has several rows with the key [code] '7'") != std::string::npos);
    LookupBuilder inexact("terms", {"code"});
    CHECK_FALSE(inexact.add(terms({{Value::of_real(0.5), 1}})));
}

TEST_CASE("a look-up that is too large is refused with what to do instead", "[lookup]") {
    LookupBuilder builder("terms", {"code"}, 1024 * 1024);
    REQUIRE(builder.add(terms({{Value::text("a"), 1}}, 500 * 1024)));
    const auto refused = builder.add(terms({{Value::text("b"), 1}}, 600 * 1024));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == "lookup_too_large");
    CHECK(refused.error().verdict == Verdict::stop);
    CHECK(refused.error().what.find("more than 1 MB") != std::string::npos);
    CHECK(refused.error().what.find("one: true") != std::string::npos);
}

}  // namespace tributary
