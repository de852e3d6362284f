#include "tests/pipeline/world.hpp"

#include <fmt/format.h>

#include "core/runtime/entities.hpp"

namespace tributary::simulation {

World::World(std::uint64_t seed, std::filesystem::path where)
    : random(seed),
      topics("sim", entity_names(catalogue())),
      broker(topics, 2),
      databases{Database({{"1", "2", "3", "4", "5", "6", "7"}}),
                Database({{"O-1", "O-2", "O-3", "O/4"}, {"I-1", "I-2", "17"}}), Database({{"1", "2", "3", "4"}}),
                Database({{"a", "b", "c"}})},
      directory(std::move(where)) {
    overlap = random.below(4);
    batch_rows = static_cast<std::size_t>(random.between(1, 5));
    most_events = static_cast<std::size_t>(random.between(1, 12));
}

void World::note(std::string text) {
    trace.push_back(fmt::format("{:>12.6f} {}", static_cast<double>(now - 1'000'000'000) / 1e6, std::move(text)));
}

}  // namespace tributary::simulation
