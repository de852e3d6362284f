#include <catch2/catch.hpp>
#include <cstdlib>

#include "core/status/log.hpp"
#include "tests/pipeline/simulation.hpp"

namespace tributary::simulation {
namespace {

/// The commit loop warns of every fault, and here nothing else happens.
struct Quiet {
    Quiet() { set_log_level(LogLevel::off); }
    ~Quiet() { set_log_level(LogLevel::info); }
};

constexpr std::uint64_t schedules = 1'000;

void report(std::uint64_t seed, const Outcome& outcome, bool with_trace) {
    if (with_trace)
        for (const std::string& line : outcome.trace) UNSCOPED_INFO(line);
    for (const Violation& violation : outcome.violations) UNSCOPED_INFO(violation.rule << ": " << violation.what);
    INFO("run again with TRIBUTARY_SIM_SEED=" << seed);
    CHECK(outcome.violations.empty());
}

TEST_CASE("a thousand schedules of faults lose nothing, repeat nothing and come to rest", "[pipeline]") {
    const Quiet quiet;
    if (const char* seed = std::getenv("TRIBUTARY_SIM_SEED")) {
        report(std::strtoull(seed, nullptr, 10), simulate(std::strtoull(seed, nullptr, 10)), true);
        return;
    }
    std::map<std::string, int> happened;
    std::size_t events = 0;
    int failed = 0;
    for (std::uint64_t seed = 1; seed <= schedules && failed < 5; ++seed) {
        const Outcome outcome = simulate(seed);
        for (const auto& [name, times] : outcome.happened) happened[name] += times;
        events += outcome.events;
        if (outcome.violations.empty()) continue;
        ++failed;
        report(seed, outcome, false);
    }
    for (const auto& [name, times] : happened) UNSCOPED_INFO(name << ": " << times);
    WARN(events << " events");
}

}  // namespace
}  // namespace tributary::simulation
