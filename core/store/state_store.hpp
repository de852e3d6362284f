#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector/connector.hpp"
#include "core/model/arena.hpp"
#include "core/model/record.hpp"
#include "core/model/result.hpp"

namespace tributary {

/// A stream's number in the cache; small, given at its first appearance, never reused.
using StreamNo = std::uint32_t;

/// Of which version a row was: a hash of its position in the source (Row::position, KeyVersion::version); 0: none.
using RowVersion = std::uint64_t;
RowVersion row_version(std::string_view position);

/// The last published state of one record: what the next row of that key is compared with.
struct State {
    EntityNo entity = 0;
    EntityId id;
    std::string_view document;
    RowVersion version = 0;  ///< Of the row it was made from, as far as it is known.
};

struct StateWrite {
    StreamNo stream = 0;
    std::string_view key;
    bool erase = false;
    bool member = false;  ///< The stream shares its entities: also found by entity (`members`).
    State state;
};

/// A row that is there and made no state of its own: it was rejected, or it says nothing (left out by `skip`).
struct Aside {
    static constexpr std::uint64_t says_nothing = 0;

    std::uint64_t hash = says_nothing;  ///< Of row, reason and mapping: only a new one is published.
    RowVersion version = 0;

    bool published() const { return hash != says_nothing; }
    bool operator==(const Aside&) const = default;
};

struct AsideWrite {
    StreamNo stream = 0;
    std::string_view key;
    bool erase = false;
    Aside aside;
};

/// What the cache knows of a row that a source lists.
enum class Known : std::uint8_t { no, in_another_version, yes };

/// The folded state of an entity that has, or may have, several records.
struct EntityWrite {
    EntityNo entity = 0;
    EntityId id;
    std::string_view document;  ///< Empty: erase.
};

struct Member {
    StreamNo stream = 0;
    std::string_view key;
    std::string_view document;
};

/// A record says something that it takes of the entity `target` (core/change/through.hpp).
struct LinkWrite {
    EntityNo target = 0;
    EntityId id;
    StreamNo stream = 0;  ///< Of the record.
    std::string_view key;
    bool erase = false;
};

/// A record that takes something of an entity; in the order of their streams' numbers and their keys.
struct Dependent {
    StreamNo stream = 0;
    std::string_view key;
};

/// An entity that changed, and whose dependents have not all been looked at since.
struct Pending {
    EntityNo entity = 0;
    EntityId id;
    Cause cause = Cause::change;
    std::int64_t at = no_time;  ///< Of the change, microseconds UTC.
    /// The last one that was looked at: a hint that only the cache has, without it all are looked at once more.
    Dependent after = {};
};

struct PendingWrite {
    Pending pending;
    bool erase = false;
};

/// Where to start reading a partition when the cache is caught up: a hint, never a promise.
struct OffsetHint {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};

/// What the cache reflects.
struct CommitMark {
    std::uint64_t number = 0;
    std::int64_t at = 0;              ///< Microseconds UTC.
    std::vector<OffsetHint> offsets;  ///< Only those that moved.
};

/// The cache as the commit loop sees it: one open transaction, its own writes visible to its reads. One thread.
/// Errors are `retry` (disk full, I/O) or code `state_corrupt`, which only a rebuild cures.
class StateStore {
  public:
    virtual ~StateStore() = default;

    /// The document lives in `arena`.
    virtual Result<std::optional<State>> find(StreamNo stream, std::string_view key, Arena& arena) = 0;
    virtual Result<std::optional<Aside>> find_aside(StreamNo stream, std::string_view key) = 0;
    /// False lets the row path skip `find_aside`: no row of the stream was rejected or left out.
    virtual bool has_aside(StreamNo stream) const = 0;
    virtual Result<std::string_view> find_entity(EntityNo entity, const EntityId& id, Arena& arena) = 0;
    /// Records of a shared entity, ordered by stream and key.
    virtual Result<std::vector<Member>> members(EntityNo entity, const EntityId& id, Arena& arena) = 0;

    /// False: no record ever took anything of such an entity.
    virtual bool has_dependents(EntityNo target) const = 0;
    /// Behind `after`; one without a stream is before all.
    virtual Result<std::vector<Dependent>> dependents(EntityNo target, const EntityId& id, const Dependent& after,
                                                      std::size_t most, Arena& arena) = 0;
    virtual bool has_pending() const = 0;
    virtual Result<std::vector<Pending>> pending(std::size_t most, Arena& arena) = 0;
    virtual Result<std::optional<Pending>> find_pending(EntityNo entity, const EntityId& id, Arena& arena) = 0;

    virtual Result<> write(const StateWrite& write) = 0;
    virtual Result<> write(const AsideWrite& write) = 0;
    virtual Result<> write(const EntityWrite& write) = 0;
    virtual Result<> write(const LinkWrite& write) = 0;
    virtual Result<> write(const PendingWrite& write) = 0;
    virtual Result<> commit(const CommitMark& mark) = 0;
    virtual void rollback() = 0;

    virtual std::uint64_t commit_number() const = 0;
};

}  // namespace tributary
