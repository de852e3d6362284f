#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/status/log.hpp"
#include "tests/pipeline/model_scenario.hpp"
#include "tests/pipeline/mutants.hpp"
#include "tests/pipeline/simulation.hpp"

namespace tributary::simulation {
namespace {

/// The commit loop warns of every fault, and here nothing else happens.
struct Quiet {
    Quiet() { set_log_level(LogLevel::off); }
    ~Quiet() { set_log_level(LogLevel::info); }
};

constexpr std::uint64_t schedules = 1'000;
constexpr int most_failures = 5;  ///< One is enough to be wrong, some more help to see why.

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
                                         "produce failed",
                                         "rollback failed",
                                         "started beside another",
                                         "stopped",
                                         "store commit failed",
                                         "store found damaged",
                                         "store read failed",
                                         "store write failed",
                                         "topic refused"};

void report(std::uint64_t seed, const Outcome& outcome, bool with_trace) {
    if (with_trace)
        for (const std::string& line : outcome.trace) UNSCOPED_INFO(line);
    for (const Violation& violation : outcome.violations) UNSCOPED_INFO(violation.rule << ": " << violation.what);
    INFO("run again with TRIBUTARY_SIM_SEED=" << seed);
    CHECK(outcome.violations.empty());
}

/// How many schedules it takes until the rule is violated; 0: they do not find the mutant.
std::uint64_t caught_after(const Mutant& mutant, std::string_view rule) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        const auto violations = simulate(seed, model, mutant).violations;
        if (std::ranges::find(violations, rule, &Violation::rule) != violations.end()) return seed;
    }
    return 0;
}

TEST_CASE("a thousand schedules of faults lose nothing, repeat nothing and come to rest", "[pipeline]") {
    const Quiet quiet;
    if (const char* seed = std::getenv("TRIBUTARY_SIM_SEED")) {
        report(std::strtoull(seed, nullptr, 10), simulate(std::strtoull(seed, nullptr, 10), model), true);
        return;
    }
    std::map<std::string, int> happened;
    std::size_t events = 0;
    int failed = 0;
    for (std::uint64_t seed = 1; seed <= schedules && failed < most_failures; ++seed) {
        const Outcome outcome = simulate(seed, model);
        for (const auto& [name, times] : outcome.happened) happened[name] += times;
        events += outcome.events;
        if (outcome.violations.empty()) continue;
        ++failed;
        report(seed, outcome, false);
    }
    REQUIRE(failed == 0);
    for (const char* fault : faults_to_see) {
        INFO(fault << " happened " << happened[fault] << " times");
        CHECK(happened[fault] >= 5);
    }
    CHECK(events > 10 * schedules);
}

TEST_CASE("a cache that is committed before the log loses changes", "[pipeline][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(commits_the_cache_first(), rule::last_is_source) > 0);
}

TEST_CASE("positions outside of their transaction let the source forget too much", "[pipeline][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(writes_positions_later(), rule::confirmed_later) > 0);
}

TEST_CASE("a transaction that is sent again after an unknown outcome repeats events", "[pipeline][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(retries_plainly(), rule::no_id_twice) > 0);
}

TEST_CASE("a cache that is not caught up compares with the wrong state", "[pipeline][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(skips_the_tail(), rule::before_is_previous) > 0);
}

TEST_CASE("reading again without comparing publishes again", "[pipeline][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(finds_no_state(), rule::before_is_previous) > 0);
}

}  // namespace
}  // namespace tributary::simulation
