#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/change/change.hpp"
#include "core/model/record.hpp"
#include "core/publish/log.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// What the commit loop knows of a stream. Made at start, then constant.
struct StreamInfo {
    std::string source;
    std::string name;
    StreamNo no = 0;         ///< In the cache.
    bool shared = false;     ///< Other rows may speak about the same entity: its state is a fold.
    std::string ce_source;   ///< `/tenant/source/stream`
    std::string key_prefix;  ///< `source/stream/`, of record and dead-letter keys.
    /// Its keys are compared with the source's: the version each row was in is kept up to date.
    bool compared = false;
    bool adds = false;  ///< Its records only add to entities that others make.
    /// What it makes; nothing of a stream that is no longer configured.
    std::optional<EntityNo> entity = {};
    /// With `emit`, by Record::part. To the cache and in origins each part is a stream of its own, `stream#name`, whose
    /// states have the row's key.
    std::vector<const StreamInfo*> parts = {};
    const StreamInfo* part_of = nullptr;
    std::string mapping = {};  ///< Fingerprint of what it says; part of what a reject is about.

    /// The stream as it is configured.
    const StreamInfo& whole() const { return part_of == nullptr ? *this : *part_of; }
};

/// What the commit loop knows of an entity.
struct EntityInfo {
    std::string name;
    std::string tag;  ///< `cus`
    TopicNo topic = 0;
    std::array<std::string, 5> types;          ///< `customer.created` … by ChangeType, then `customer.tombstone`
    std::vector<std::string> references = {};  ///< Top-level ones by their names in documents: what others may take.

    static constexpr std::size_t tombstone = 4;
};

/// Topics that belong to no entity.
struct OtherTopics {
    TopicNo records = 0;
    TopicNo dead_letter = 0;
    TopicNo checkpoints = 0;
};

}  // namespace tributary
