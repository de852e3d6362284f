#include "tests/pipeline/trials.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <string>

#include "core/settings/yaml.hpp"
#include "core/status/log.hpp"

namespace tributary::simulation {
namespace {

/// The loops warn of every fault, and here nothing else happens.
struct Quiet {
    Quiet() { set_log_level(LogLevel::off); }
    ~Quiet() { set_log_level(LogLevel::info); }
};

void report(const Trials& trials, std::uint64_t seed, const Outcome& outcome, std::size_t lines) {
    const std::size_t from = outcome.trace.size() - std::min(outcome.trace.size(), lines);
    for (std::size_t i = from; i < outcome.trace.size(); ++i) UNSCOPED_INFO(outcome.trace[i]);
    for (const Violation& violation : outcome.violations) UNSCOPED_INFO(violation.rule << ": " << violation.what);
    INFO("run again with " << trials.seed_variable << "=" << seed);
    CHECK(outcome.violations.empty());
}

}  // namespace

void check(const Trials& trials) {
    const Quiet quiet;
    if (const auto given = process_environment()(trials.seed_variable)) {
        const std::uint64_t seed = std::strtoull(given->c_str(), nullptr, 10);
        return report(trials, seed, simulate(seed, trials.scenario), SIZE_MAX);
    }
    std::map<std::string, int> happened;
    std::size_t events = 0;
    int failed = 0;
    for (std::uint64_t seed = 1; seed <= trials.schedules && failed < trials.most_failures; ++seed) {
        const Outcome outcome = simulate(seed, trials.scenario);
        for (const auto& [name, times] : outcome.happened) happened[name] += times;
        events += outcome.events;
        if (outcome.violations.empty()) continue;
        ++failed;
        report(trials, seed, outcome, trials.last_lines);
    }
    REQUIRE(failed == 0);
    for (const char* const thing : trials.things_to_see) {
        INFO(thing << " happened " << happened[thing] << " times");
        CHECK(happened[thing] >= trials.least);
    }
    CHECK(events > 10 * trials.schedules);
}

std::uint64_t caught_after(const MakeScenario& scenario, std::uint64_t most, const Mutant& mutant,
                           std::string_view rule) {
    const Quiet quiet;
    for (std::uint64_t seed = 1; seed <= most; ++seed) {
        const auto violations = simulate(seed, scenario, mutant).violations;
        if (std::ranges::find(violations, rule, &Violation::rule) != violations.end()) return seed;
    }
    return 0;
}

}  // namespace tributary::simulation
