#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "tests/pipeline/simulation.hpp"

namespace tributary::simulation {

/// Many schedules of one scenario, by their seeds from 1 on.
struct Trials {
    MakeScenario scenario;
    const char* seed_variable = nullptr;  ///< Environment: runs that seed alone, and shows its whole trace.
    std::uint64_t schedules = 0;
    int most_failures = 0;       ///< One is enough to be wrong, some more help to see why.
    std::size_t last_lines = 0;  ///< Of the trace of one that fails.
    /// What they have to have met, or they prove less than they seem to; each so often at least.
    std::span<const char* const> things_to_see;
    int least = 0;
};

/// Inside a test case: none breaks a rule.
void check(const Trials& trials);

/// How many of the first `most` schedules it takes until the rule is violated; 0: they do not find the mutant.
std::uint64_t caught_after(const MakeScenario& scenario, std::uint64_t most, const Mutant& mutant,
                           std::string_view rule);

}  // namespace tributary::simulation
