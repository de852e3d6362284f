#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/publish/log.hpp"
#include "core/store/state_store.hpp"
#include "tests/pipeline/broker.hpp"
#include "tests/pipeline/database.hpp"
#include "tests/pipeline/faults.hpp"
#include "tests/pipeline/random.hpp"
#include "tests/pipeline/streams.hpp"

namespace tributary::simulation {

/// A protocol that is wrong on purpose: decorators around what the commit loop reaches.
struct Mutant {
    std::function<std::unique_ptr<Log>(Log&, const TopicTable&)> log;
    std::function<std::unique_ptr<StateStore>(StateStore&)> store;
    bool cache_never_catches_up = false;
};

/// What outlives a process: the broker, the sources, the disk, the clock.
struct World {
    World(std::uint64_t seed, std::filesystem::path directory);

    Random random;
    TopicTable topics;
    Broker broker;
    std::vector<Database> databases;  ///< One per feed.
    Faults faults;
    Mutant mutant;
    std::filesystem::path directory;  ///< Of the cache; one process at a time has it locked.
    const void* lock_holder = nullptr;
    std::int64_t now = 1'000'000'000;
    std::int64_t slot_confirmed = 0;  ///< What the change log has been told to forget.
    std::int64_t overlap = 0;
    std::size_t batch_rows = 3;
    std::size_t most_events = 10;
    std::vector<std::string> trace;

    std::function<std::int64_t()> clock() {
        return [this] { return now; };
    }
    void note(std::string text);
};

inline constexpr const char* instance_name = "sim";

}  // namespace tributary::simulation
