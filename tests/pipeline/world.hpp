#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connectors/kit/walk/table_walk.hpp"
#include "core/publish/log.hpp"
#include "core/store/state_store.hpp"
#include "tests/pipeline/broker.hpp"
#include "tests/pipeline/faults.hpp"
#include "tests/pipeline/random.hpp"
#include "tests/pipeline/scenario.hpp"

namespace tributary::simulation {

inline constexpr const char* instance_name = "sim";
inline constexpr std::int64_t start_of_time = 1'000'000'000;
inline constexpr std::int64_t second = 1'000'000;  ///< Microseconds.

/// A daemon that is wrong on purpose: decorators around what its loops reach, and rules that are switched off.
struct Mutant {
    std::function<std::unique_ptr<Log>(Log&, const TopicTable&)> log;
    std::function<std::unique_ptr<StateStore>(StateStore&)> store;
    std::function<std::unique_ptr<Feed>(std::unique_ptr<Feed>)> feed;
    walk::WalkRules walk;
    bool cache_never_catches_up = false;
};

using MakeScenario = std::function<std::unique_ptr<Scenario>(World&)>;

/// How much a comparison of keys reads at a time; see Comparison::Setup.
struct Paging {
    std::size_t listed = 10'000;
    std::size_t known = 5'000;
    std::size_t fetched = 250;
    std::size_t most_seen = 6'000'000;
};

/// What outlives a process: the broker, the sources, the disk, the clock.
struct World {
    World(std::uint64_t seed, Mutant mutant, std::filesystem::path directory, const MakeScenario& make);

    Random random;
    TopicTable topics;
    Broker broker;
    Faults faults;
    const Mutant mutant;
    std::filesystem::path directory;  ///< Of the cache; one process at a time has it locked.
    const void* lock_holder = nullptr;
    std::int64_t now = start_of_time;
    Feed::Limits batch;
    Paging comparison;
    std::size_t most_events = 10;
    std::size_t most_dependents = 10;
    std::vector<std::string> trace;
    std::unique_ptr<Scenario> scenario;

    std::function<std::int64_t()> clock() {
        return [this] { return now; };
    }
    void note(std::string text);
};

}  // namespace tributary::simulation
