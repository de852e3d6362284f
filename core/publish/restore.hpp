#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/publish/reader.hpp"
#include "core/publish/topics.hpp"
#include "core/store/store.hpp"

namespace tributary {

struct EventBody;

/// Applies messages of the topics to a cache: the reverse of publishing. Order within a partition is all it needs;
/// applying a message again is harmless.
class Restore {
  public:
    struct Names {
        std::string name;
        std::string tag;
    };
    /// How a stream's states are kept, as configured now.
    enum class Keeping : std::uint8_t {
        alone,   ///< An event's entity is the state of the row it came from.
        shared,  ///< Its entities are folds of records.
        /// Likewise, but each row makes an entity of its own: one without a record was published when the stream still
        /// stood alone, and has not been read since.
        joined,
    };
    /// `keeping`: by "source/stream".
    Restore(Store& store, const TopicTable& topics, std::vector<Names> entities,
            std::function<Keeping(std::string_view source_stream)> keeping);

    Result<> apply(const ReadMessage& message);
    std::uint64_t applied() const { return applied_; }

  private:
    Result<> apply_event(EntityNo entity, const ReadMessage& message);
    Result<> put_alone(EntityNo entity, const EntityId& id, StreamNo stream, const EventBody& body);
    Result<bool> has_record(EntityNo entity, const EntityId& id, StreamNo stream, std::string_view key);
    Result<> forget(const StateWrite& last, bool replaced);
    Result<> apply_tombstone(EntityNo entity, const ReadMessage& message);
    Result<> apply_record(const ReadMessage& message);
    Result<> apply_pending(std::string_view id, const ReadMessage& message);
    Result<> relink(const StateWrite& write);
    Result<> apply_dead_letter(const ReadMessage& message);
    Result<> put(const StateWrite& write);
    Result<> after_write();

    struct RecordName {
        StreamNo stream = 0;
        std::string_view key;
    };
    Result<RecordName> record_name(std::string_view key);

    Store& store_;
    const TopicTable& topics_;
    std::vector<Names> entities_;
    std::function<Keeping(std::string_view)> keeping_;
    std::unordered_set<EntityId> deleted_;  ///< Whose delete event was seen: their tombstones say nothing new.
    std::uint64_t applied_ = 0;
    std::uint64_t uncommitted_ = 0;
};

/// What an event body says, as slices of it. Pure; false when it is none.
struct EventBody {
    std::string_view after;  ///< Empty: null.
    std::string source;
    std::string stream;
    std::string key;
    std::string position;  ///< Of the row it came from; empty: none.
};
bool read_event_body(std::string_view body, EventBody& out);

}  // namespace tributary
