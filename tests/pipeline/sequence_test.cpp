#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/status/log.hpp"
#include "tests/pipeline/mutants.hpp"
#include "tests/pipeline/shop_scenario.hpp"
#include "tests/pipeline/simulation.hpp"

namespace tributary::simulation {
namespace {

/// The loops warn of every fault, and here nothing else happens.
struct Quiet {
    Quiet() { set_log_level(LogLevel::off); }
    ~Quiet() { set_log_level(LogLevel::info); }
};

constexpr std::uint64_t sequences = 200;
constexpr int most_failures = 3;
constexpr std::size_t last_lines = 60;  ///< Of a trace that is shown.

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

void report(std::uint64_t seed, const Outcome& outcome, bool whole) {
    const std::size_t from = whole ? 0 : outcome.trace.size() - std::min(outcome.trace.size(), last_lines);
    for (std::size_t i = from; i < outcome.trace.size(); ++i) UNSCOPED_INFO(outcome.trace[i]);
    for (const Violation& violation : outcome.violations) UNSCOPED_INFO(violation.rule << ": " << violation.what);
    INFO("run again with TRIBUTARY_SEQUENCE_SEED=" << seed);
    CHECK(outcome.violations.empty());
}

std::uint64_t caught_after(const Mutant& mutant, std::string_view rule) {
    for (std::uint64_t seed = 1; seed <= sequences; ++seed) {
        const auto violations = simulate(seed, shop, mutant).violations;
        if (std::ranges::find(violations, rule, &Violation::rule) != violations.end()) return seed;
    }
    return 0;
}

TEST_CASE("any sequence of changes, page sizes and faults ends in what one read at the end publishes",
          "[pipeline][sequence]") {
    const Quiet quiet;
    if (const char* seed = std::getenv("TRIBUTARY_SEQUENCE_SEED")) {
        report(std::strtoull(seed, nullptr, 10), simulate(std::strtoull(seed, nullptr, 10), shop), true);
        return;
    }
    std::map<std::string, int> happened;
    std::size_t events = 0;
    int failed = 0;
    for (std::uint64_t seed = 1; seed <= sequences && failed < most_failures; ++seed) {
        const Outcome outcome = simulate(seed, shop);
        for (const auto& [name, times] : outcome.happened) happened[name] += times;
        events += outcome.events;
        if (outcome.violations.empty()) continue;
        ++failed;
        report(seed, outcome, false);
    }
    REQUIRE(failed == 0);
    for (const char* thing : things_to_see) {
        INFO(thing << " happened " << happened[thing] << " times");
        CHECK(happened[thing] >= 3);
    }
    CHECK(events > 10 * sequences);
}

TEST_CASE("a comparison that ignores children misses them", "[pipeline][sequence][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(ignores_children(), rule::same_as_fresh) > 0);
}

TEST_CASE("a comparison that believes its listing deletes what came meanwhile", "[pipeline][sequence][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(believes_the_listing(), rule::deleted_when_gone) > 0);
}

TEST_CASE("a poll that reads behind its bound misses rows stamped at it", "[pipeline][sequence][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(excludes_the_bound(), rule::same_as_fresh) > 0);
}

TEST_CASE("a page that goes on behind the last stamp misses rows of the same one", "[pipeline][sequence][mutant]") {
    const Quiet quiet;
    CHECK(caught_after(skips_ties(), rule::same_as_fresh) > 0);
}

}  // namespace
}  // namespace tributary::simulation
