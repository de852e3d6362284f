#include <catch2/catch.hpp>

#include "tests/pipeline/mutants.hpp"
#include "tests/pipeline/shop_scenario.hpp"
#include "tests/pipeline/trials.hpp"

namespace tributary::simulation {
namespace {

constexpr std::uint64_t sequences = 200;

std::unique_ptr<Scenario> shop(World& world) { return std::make_unique<ShopScenario>(world); }

/// What the sequences have to have met, or they prove less than they seem to.
constexpr const char* things_to_see[] = {"a reset was asked for",
                                         "cache caught up",
                                         "cache rebuilt",
                                         "cache rolled back to an old copy",
                                         "commit outcome unknown, committed",
                                         "commit outcome unknown, not committed",
                                         "killed at fetch",
                                         "killed at list keys",
                                         "killed at pull",
                                         "the mapping changed",
                                         "topic refused"};

TEST_CASE("any sequence of changes, page sizes and faults ends in what one read at the end publishes",
          "[pipeline][sequence]") {
    check({.scenario = shop,
           .seed_variable = "TRIBUTARY_SEQUENCE_SEED",
           .schedules = sequences,
           .most_failures = 3,
           .last_lines = 60,
           .things_to_see = things_to_see,
           .least = 3});
}

TEST_CASE("a comparison that ignores children misses them", "[pipeline][sequence][mutant]") {
    CHECK(caught_after(shop, sequences, ignores_children(), rule::same_as_fresh) > 0);
}

TEST_CASE("a comparison that believes its listing deletes what came meanwhile", "[pipeline][sequence][mutant]") {
    CHECK(caught_after(shop, sequences, believes_the_listing(), rule::deleted_when_gone) > 0);
}

TEST_CASE("a poll that reads behind its bound misses rows stamped at it", "[pipeline][sequence][mutant]") {
    CHECK(caught_after(shop, sequences, excludes_the_bound(), rule::same_as_fresh) > 0);
}

TEST_CASE("a page that goes on behind the last stamp misses rows of the same one", "[pipeline][sequence][mutant]") {
    CHECK(caught_after(shop, sequences, skips_ties(), rule::same_as_fresh) > 0);
}

}  // namespace
}  // namespace tributary::simulation
