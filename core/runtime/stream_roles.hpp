#pragma once

#include <map>
#include <set>
#include <string>

#include "core/configuration/configuration.hpp"
#include "core/publish/checkpoint.hpp"

namespace tributary {

/// By the name the cache and origins use, "source/stream" or "source/stream#part".
using StreamRoles = std::map<std::string, StreamRole, std::less<>>;

/// Of a stream's parts, by their names.
std::map<std::string, StreamRole> roles_of(const StreamConfiguration& stream);

/// Those with records only because others add to their entities, or because they take something of others.
std::set<std::string, std::less<>> joined_streams(const Configuration& configuration);

/// What is shared stays so: its records have a topic of their own, and the last events may hold what others had added.
void keep_shared(const std::map<std::string, StreamRole>& before, std::map<std::string, StreamRole>& roles);

/// Of every stream whose records there may be: as configured; of retired ones, as they were when they last ran.
StreamRoles stream_roles(const Configuration& configuration, const std::map<std::string, FeedRecord>& checkpoints);

}  // namespace tributary
