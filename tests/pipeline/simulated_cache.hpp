#pragma once

#include <memory>
#include <vector>

#include "core/publish/log.hpp"
#include "core/store/store.hpp"
#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

/// A store that fails when the schedule says so, and that is noticed when it is used after it was closed.
class FailingStore final : public StateStore {
  public:
    FailingStore(Store& store, Faults& faults) : store_(&store), faults_(faults) {}
    void closed() { store_ = nullptr; }

    Result<std::optional<State>> find(StreamNo stream, std::string_view key, Arena& arena) override;
    Result<std::optional<Aside>> find_aside(StreamNo stream, std::string_view key) override;
    bool has_aside(StreamNo stream) const override;
    Result<std::string_view> find_entity(EntityNo entity, const EntityId& id, Arena& arena) override;
    Result<std::vector<Member>> members(EntityNo entity, const EntityId& id, Arena& arena) override;
    bool has_dependents(EntityNo target) const override;
    Result<std::vector<Dependent>> dependents(EntityNo target, const EntityId& id, const Dependent& after,
                                              std::size_t most, Arena& arena) override;
    bool has_pending() const override;
    Result<std::vector<Pending>> pending(std::size_t most, Arena& arena) override;
    Result<std::optional<Pending>> find_pending(EntityNo entity, const EntityId& id, Arena& arena) override;
    Result<> write(const StateWrite& write) override;
    Result<> write(const AsideWrite& write) override;
    Result<> write(const EntityWrite& write) override;
    Result<> write(const LinkWrite& write) override;
    Result<> write(const PendingWrite& write) override;
    Result<> commit(const CommitMark& mark) override;
    void rollback() override;
    std::uint64_t commit_number() const override;

  private:
    Result<> can_read();
    Result<> can_write();
    Store& store() const;

    Store* store_;
    Faults& faults_;
};

/// The real cache on a file, caught up by the real `Restore` from the simulated topics, the way `Cache` does it.
class SimulatedCache final : public CacheKeeper {
  public:
    explicit SimulatedCache(World& world) : world_(world) {}
    ~SimulatedCache() override;

    Result<StateStore*> catch_up(const Error& why) override;
    Store& store() { return *store_; }
    bool is_open() const { return store_ != nullptr; }
    void shut() { close(); }

    /// A cache of its own in `file`, rebuilt from the topics alone; for comparison.
    static std::unique_ptr<Store> rebuilt(World& world, const std::filesystem::path& file);
    static void remove(const std::filesystem::path& file);
    static std::filesystem::path file(const World& world) { return world.directory / "state.db"; }
    /// What the topics end at.
    static std::uint64_t committed_number(const World& world);

  private:
    void close();
    Result<> open_file();
    static Result<> replay(World& world, Store& store, bool from_start, std::uint64_t number);

    World& world_;
    std::unique_ptr<Store> store_;
    std::map<std::string, StreamNo> numbers_;
    std::vector<std::unique_ptr<FailingStore>> given_out_;
    std::vector<std::unique_ptr<StateStore>> wrapped_;
};

}  // namespace tributary::simulation
