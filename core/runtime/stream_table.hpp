#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/change/fold.hpp"
#include "core/configuration/configuration.hpp"
#include "core/runtime/preparation.hpp"
#include "core/runtime/stream_info.hpp"
#include "core/runtime/stream_roles.hpp"
#include "core/store/store.hpp"

namespace tributary {

/// What comparing needs to know of the configured streams, and how the records of shared entities are folded.
/// Preparations point into it: it outlives them.
class StreamTable {
  public:
    /// Streams the cache has not seen yet get their number.
    static Result<std::unique_ptr<StreamTable>> make(const Configuration& configuration, const StreamRoles& roles,
                                                     Store& store);

    const StreamInfo& of(std::string_view source, std::string_view stream) const;
    std::span<const EntityInfo> entities() const { return entities_; }

    struct Target {
        OtherTopics topics;
        std::size_t most_message_bytes = 1'000'000;
        std::size_t most_dependents = 5'000;  ///< As in Preparation::Setup.
    };
    Preparation preparation(const Target& target, StateStore& store) const;

  private:
    StreamTable();
    Result<StreamInfo*> add(StreamInfo info, const StreamConfiguration& stream, const StreamRoles& roles, Store& store);
    void add_retired(std::string_view tenant, const std::string& name, StreamNo no, const StreamRoles& roles);
    std::string_view folded(EntityNo entity, std::span<const Member> members, Arena& arena) const;

    std::string instance_;
    std::vector<EntityInfo> entities_;
    std::vector<FoldRules> fold_rules_;
    std::map<std::string, StreamInfo, std::less<>> streams_;  ///< By "source/stream".
    std::map<StreamNo, std::uint32_t> precedence_;
    std::vector<const StreamInfo*> known_;  ///< All that have states, retired ones as well.
    std::set<StreamNo> adding_;             ///< Streams that only add to entities, retired ones as well.
};

/// How a stream is named in origins, ids of the cache, record and dead-letter keys.
StreamInfo stream_info(std::string_view tenant, std::string_view source, std::string_view stream);

}  // namespace tributary
