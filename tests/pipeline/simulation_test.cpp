#include <catch2/catch.hpp>

#include "tests/pipeline/model_scenario.hpp"
#include "tests/pipeline/mutants.hpp"
#include "tests/pipeline/trials.hpp"

namespace tributary::simulation {
namespace {

std::unique_ptr<Scenario> model(World& world) { return std::make_unique<ModelScenario>(world); }

/// What a thousand schedules have to have caused, or they prove less than they seem to.
constexpr const char* faults_to_see[] = {"a batch brought nothing",
                                         "a rival claimed",
                                         "cache caught up",
                                         "cache rebuilt",
                                         "cache rolled back to an old copy",
                                         "commit outcome unknown, committed",
                                         "commit outcome unknown, not committed",
                                         "committed after the process died",
                                         "dependents left for later",
                                         "disk full",
                                         "ended for a rival",
                                         "killed at answer",
                                         "killed at begin",
                                         "killed at produce",
                                         "killed at pull",
                                         "killed at replay",
                                         "killed at start_commit",
                                         "killed at store commit",
                                         "killed at store committed",
                                         "killed at store write",
                                         "pending dependents settled",
                                         "produce failed",
                                         "rollback failed",
                                         "started beside another",
                                         "stopped",
                                         "store commit failed",
                                         "store found damaged",
                                         "store read failed",
                                         "store write failed",
                                         "topic refused"};

TEST_CASE("a thousand schedules of faults lose nothing, repeat nothing and come to rest", "[pipeline]") {
    check({.scenario = model,
           .seed_variable = "TRIBUTARY_SIM_SEED",
           .schedules = 1'000,
           .most_failures = 5,
           .things_to_see = faults_to_see,
           .least = 5});
}

TEST_CASE("a cache that is committed before the log loses changes", "[pipeline][mutant]") {
    CHECK(caught_after(model, 200, commits_the_cache_first(), rule::last_is_source) > 0);
}

TEST_CASE("positions outside of their transaction let the source forget too much", "[pipeline][mutant]") {
    CHECK(caught_after(model, 200, writes_positions_later(), rule::confirmed_later) > 0);
}

TEST_CASE("a transaction that is sent again after an unknown outcome repeats events", "[pipeline][mutant]") {
    CHECK(caught_after(model, 200, retries_plainly(), rule::no_id_twice) > 0);
}

TEST_CASE("a cache that is not caught up compares with the wrong state", "[pipeline][mutant]") {
    CHECK(caught_after(model, 200, skips_the_tail(), rule::before_is_previous) > 0);
}

TEST_CASE("dependents that are forgotten keep what the other entity had", "[pipeline][mutant]") {
    CHECK(caught_after(model, 200, forgets_pending(), rule::entity_is_fold) > 0);
}

TEST_CASE("reading again without comparing publishes again", "[pipeline][mutant]") {
    CHECK(caught_after(model, 200, finds_no_state(), rule::before_is_previous) > 0);
}

}  // namespace
}  // namespace tributary::simulation
