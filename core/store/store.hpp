#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>

#include "core/store/database.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// Which topics a cache belongs to. One made from another cluster or prefix is rebuilt, never trusted.
struct CacheOwner {
    std::string cluster_id;
    std::string topic_prefix;
    std::string instance;
    std::string entities;  ///< Names in the catalogue's order: EntityNo is an index into it.
    bool operator==(const CacheOwner&) const = default;
};

/// The SQLite cache: a fold of the topics up to one commit number. Every row carries a checksum over its key and
/// content; a wrong one is `state_corrupt`. Used by one thread at a time; closing rolls an open transaction back.
class Store final : public StateStore {
  public:
    /// Opens or creates `file`. A file that was not closed cleanly is checked whole (structure and checksums).
    /// `state_corrupt`: rebuild it. `state_of_another`: it belongs to other topics or another version.
    static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file, const CacheOwner& owner);
    ~Store() override;

    Result<StreamNo> stream(std::string_view source, std::string_view stream);
    /// Gives streams of a new cache the numbers they have in the one it replaces: the running process goes on using
    /// them.
    Result<> adopt(const std::map<std::string, StreamNo>& streams);
    /// Every stream the cache has ever seen, by "source/stream".
    const std::map<std::string, StreamNo>& streams() const { return streams_; }

    Result<std::optional<State>> find(StreamNo stream, std::string_view key, Arena& arena) override;
    Result<std::optional<Aside>> find_aside(StreamNo stream, std::string_view key) override;
    bool has_aside(StreamNo stream) const override;
    Result<std::string_view> find_entity(EntityNo entity, const EntityId& id, Arena& arena) override;
    Result<std::vector<Member>> members(EntityNo entity, const EntityId& id, Arena& arena) override;
    bool has_dependents(EntityNo target) const override { return targets_.contains(target); }
    Result<std::vector<Dependent>> dependents(EntityNo target, const EntityId& id, const Dependent& after,
                                              std::size_t most, Arena& arena) override;
    bool has_pending() const override { return pending_ > 0; }
    Result<std::vector<Pending>> pending(std::size_t most, Arena& arena) override;
    Result<std::optional<Pending>> find_pending(EntityNo entity, const EntityId& id, Arena& arena) override;

    Result<> write(const StateWrite& write) override;
    Result<> write(const AsideWrite& write) override;
    Result<> write(const EntityWrite& write) override;
    Result<> write(const LinkWrite& write) override;
    Result<> write(const PendingWrite& write) override;
    Result<> commit(const CommitMark& mark) override;
    void rollback() override;

    std::uint64_t commit_number() const override { return number_; }
    /// When the last commit was made, microseconds UTC; 0 for a new cache.
    std::int64_t committed_at() const { return committed_at_; }
    Result<std::vector<OffsetHint>> offsets();
    /// Keys of a stream's states, in order, after `after`; for `reset --remove`.
    Result<std::vector<std::string>> keys_after(StreamNo stream, std::string_view after, std::size_t most);
    /// The same for its rows without a state: rejected ones, and those that say nothing.
    Result<std::vector<std::string>> aside_keys_after(StreamNo stream, std::string_view after, std::size_t most);
    /// What is known of a row of that key in that version. Without a version (0), knowing the key is all.
    Result<Known> known(StreamNo stream, std::string_view key, RowVersion version);
    /// Key of the record with that entity id: slow (a scan); only for a tombstone whose delete was compacted away.
    Result<> erase_by_id(EntityNo entity, const EntityId& id);
    /// After a restore: `erase_by_id` makes an index when it is first needed.
    Result<> drop_id_index();
    std::int64_t rejects(StreamNo stream) const;
    std::int64_t rejects() const;

    /// Marks a clean end, so that the next start need not check the whole file.
    Result<> close();

  private:
    explicit Store(Database database);
    struct Statements;
    Result<> create(const CacheOwner& owner);
    Result<> check_owner(const CacheOwner& owner);
    Result<> check_content();
    Result<> load();
    Result<> load_links();
    Result<> prepare();
    Result<> begin();
    Result<> write_number(std::int64_t place, const StateWrite& write);
    Result<> write_text(const StateWrite& write);
    /// The statement that finds the row of that key, ready to step; null where no row can lie.
    Result<Statement*> seek(StreamNo stream, std::string_view key);
    /// Whether a row can lie at `place`: none does behind the highest of its stream, which is where a load goes on.
    Result<bool> may_hold(StreamNo stream, std::int64_t place);
    Result<> set_meta(std::string_view name, std::string_view value);
    Result<std::string> meta(std::string_view name);

    Database database_;
    std::unique_ptr<Statements> statements_;
    bool open_transaction_ = false;
    bool id_index_ = false;
    std::uint64_t number_ = 0;
    std::int64_t committed_at_ = 0;
    std::map<std::string, StreamNo> streams_;
    std::unordered_map<StreamNo, std::int64_t> highest_;  ///< Place no row of the stream lies behind.
    struct AsideCount {
        std::int64_t rows = 0;
        std::int64_t rejects = 0;
    };
    std::unordered_map<StreamNo, AsideCount> aside_;
    std::unordered_map<StreamNo, AsideCount> aside_committed_;
    std::set<EntityNo> targets_;  ///< Entities that records took something of, whether they still do or not.
    std::int64_t pending_ = 0;    ///< Rows.
    std::int64_t pending_committed_ = 0;
};

}  // namespace tributary
