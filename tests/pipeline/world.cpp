#include "tests/pipeline/world.hpp"

#include <fmt/format.h>

#include "core/runtime/entities.hpp"

namespace tributary::simulation {

World::World(std::uint64_t seed, Mutant wrong, std::filesystem::path where, const MakeScenario& make)
    : random(seed),
      topics("sim", entity_names(catalogue())),
      broker(topics, 2),
      mutant(std::move(wrong)),
      directory(std::move(where)),
      scenario(make(*this)) {
    batch.rows = static_cast<std::size_t>(random.between(1, 5));
    most_events = static_cast<std::size_t>(random.between(1, 12));
    most_dependents = static_cast<std::size_t>(random.between(1, 6));
}

void World::note(std::string text) {
    trace.push_back(fmt::format("{:>12.6f} {}", static_cast<double>(now - start_of_time) / 1e6, std::move(text)));
}

}  // namespace tributary::simulation
