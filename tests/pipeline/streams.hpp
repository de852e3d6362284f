#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/mapping/mapping.hpp"

namespace tributary::simulation {

/// What the simulated instance is configured to pull: a table, a change log with two tables, and two tables whose rows
/// speak about the same customers.
struct StreamDefinition {
    std::string source;
    std::string feed;
    std::string name;
    bool shared = false;
};

struct FeedDefinition {
    std::string source;
    std::string name;
    std::vector<std::size_t> streams;  ///< Into `stream_definitions`.
    bool is_log = false;
};

const std::vector<StreamDefinition>& stream_definitions();
const std::vector<FeedDefinition>& feed_definitions();
/// Compiled from YAML, anew for every process.
std::unique_ptr<Mapping> mapping_of(std::size_t stream);

}  // namespace tributary::simulation
