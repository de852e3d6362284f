#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "core/model/result.hpp"

namespace tributary {

/// How much the cache holds of a stream.
struct StoredCounts {
    std::int64_t states = 0;
    std::int64_t rejects = 0;
};

/// By "source/stream", of a state directory that no process uses now; changes nothing. Empty when there is no cache.
Result<std::map<std::string, StoredCounts>> stored_counts(const std::filesystem::path& directory);

}  // namespace tributary
