#include "tests/pipeline/simulated_cache.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/publish/restore.hpp"
#include "core/runtime/entities.hpp"

namespace tributary::simulation {

namespace {

const CacheOwner owner{"cluster", "sim", instance_name, "all"};

Error io_error() { return {Verdict::retry, "state_io", "the simulated disk failed"}; }

}  // namespace

Store& FailingStore::store() const {
    if (store_ == nullptr) throw std::logic_error("a store is used after its cache was closed");
    return *store_;
}

Result<> FailingStore::can_read() {
    if (faults_.due(faults_.store_read_fails_in, "store read failed")) return std::unexpected(io_error());
    if (faults_.due(faults_.store_damage_in, "store found damaged"))
        return fail(Verdict::retry, "state_corrupt", "the simulated cache is damaged");
    return {};
}

Result<> FailingStore::can_write() {
    faults_.step("store write");
    if (faults_.disk_full) ++faults_.happened["disk full"];
    if (faults_.disk_full || faults_.due(faults_.store_write_fails_in, "store write failed"))
        return std::unexpected(io_error());
    return {};
}

Result<std::optional<State>> FailingStore::find(StreamNo stream, std::string_view key, Arena& arena) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().find(stream, key, arena);
}
Result<std::optional<Aside>> FailingStore::find_aside(StreamNo stream, std::string_view key) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().find_aside(stream, key);
}
bool FailingStore::has_aside(StreamNo stream) const { return store().has_aside(stream); }
Result<std::string_view> FailingStore::find_entity(EntityNo entity, const EntityId& id, Arena& arena) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().find_entity(entity, id, arena);
}
Result<std::vector<Member>> FailingStore::members(EntityNo entity, const EntityId& id, Arena& arena) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().members(entity, id, arena);
}
bool FailingStore::has_dependents(EntityNo target) const { return store().has_dependents(target); }
Result<std::vector<Dependent>> FailingStore::dependents(EntityNo target, const EntityId& id, const Dependent& after,
                                                        std::size_t most, Arena& arena) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().dependents(target, id, after, most, arena);
}
bool FailingStore::has_pending() const { return store().has_pending(); }
Result<std::vector<Pending>> FailingStore::pending(std::size_t most, Arena& arena) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().pending(most, arena);
}
Result<std::optional<Pending>> FailingStore::find_pending(EntityNo entity, const EntityId& id, Arena& arena) {
    if (auto can = can_read(); !can) return std::unexpected(can.error());
    return store().find_pending(entity, id, arena);
}
Result<> FailingStore::write(const StateWrite& write) {
    if (auto can = can_write(); !can) return can;
    return store().write(write);
}
Result<> FailingStore::write(const AsideWrite& write) {
    if (auto can = can_write(); !can) return can;
    return store().write(write);
}
Result<> FailingStore::write(const EntityWrite& write) {
    if (auto can = can_write(); !can) return can;
    return store().write(write);
}
Result<> FailingStore::write(const LinkWrite& write) {
    if (auto can = can_write(); !can) return can;
    return store().write(write);
}
Result<> FailingStore::write(const PendingWrite& write) {
    if (auto can = can_write(); !can) return can;
    return store().write(write);
}

Result<> FailingStore::commit(const CommitMark& mark) {
    faults_.step("store commit");
    if (faults_.disk_full || faults_.due(faults_.store_commit_fails_in, "store commit failed"))
        return std::unexpected(io_error());
    auto done = store().commit(mark);
    faults_.step("store committed");
    return done;
}

void FailingStore::rollback() { store().rollback(); }
std::uint64_t FailingStore::commit_number() const { return store().commit_number(); }

SimulatedCache::~SimulatedCache() { close(); }

void SimulatedCache::remove(const std::filesystem::path& file) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(file.string() + suffix);
}

void SimulatedCache::close() {
    for (auto& store : given_out_) store->closed();
    store_.reset();
}

Result<> SimulatedCache::open_file() {
    auto store = Store::open(file(world_), owner);
    if (!store) return std::unexpected(store.error());
    store_ = std::move(*store);
    return {};
}

Result<StateStore*> SimulatedCache::catch_up(const Error& why) {
    if (store_) numbers_ = store_->streams();
    close();
    if (world_.broker.away || world_.faults.disk_full) return std::unexpected(io_error());
    const std::uint64_t number = committed_number(world_);
    auto opened = open_file();
    bool rebuild = why.code == "state_corrupt" || !opened || store_->commit_number() > number;
    if (!rebuild && store_->commit_number() < number && !world_.mutant.cache_never_catches_up) {
        ++world_.faults.happened["cache caught up"];
        auto replayed = replay(world_, *store_, store_->commit_number() == 0, number);
        rebuild = !replayed;
    }
    if (rebuild) {
        ++world_.faults.happened["cache rebuilt"];
        store_.reset();
        remove(file(world_));
        if (auto fresh = open_file(); !fresh) return std::unexpected(fresh.error());
        if (auto adopted = store_->adopt(numbers_); !adopted) return std::unexpected(adopted.error());
        if (auto replayed = replay(world_, *store_, true, number); !replayed) return std::unexpected(replayed.error());
    }
    given_out_.push_back(std::make_unique<FailingStore>(*store_, world_.faults));
    if (!world_.mutant.store) return given_out_.back().get();
    wrapped_.push_back(world_.mutant.store(*given_out_.back()));
    return wrapped_.back().get();
}

std::uint64_t SimulatedCache::committed_number(const World& world) {
    Checkpoints checkpoints(instance_name);
    for (const Entry& entry : world.broker.log(world.topics.checkpoints(), 0))
        if (world.broker.is_committed(entry)) (void)checkpoints.add_committed(entry.key, entry.value);
    return checkpoints.last_commit() ? checkpoints.last_commit()->number : 0;
}

/// Partitions are read in any order among each other, as a consumer gets them.
Result<> SimulatedCache::replay(World& world, Store& store, bool from_start, std::uint64_t number) {
    struct Cursor {
        TopicNo topic = 0;
        int partition = 0;
        std::size_t next = 0;
    };
    auto hints = store.offsets();
    if (!hints) return std::unexpected(hints.error());
    std::vector<Cursor> cursors;
    CommitMark mark{number, world.now, {}};
    for (TopicNo topic = 0; topic < world.topics.checkpoints(); ++topic)
        for (int p = 0; p < world.broker.partitions(topic); ++p) {
            Cursor cursor{topic, p, 0};
            for (const OffsetHint& hint : *hints)
                if (!from_start && hint.topic == world.topics.name(topic) && hint.partition == p)
                    cursor.next = static_cast<std::size_t>(hint.offset);
            const auto end = world.broker.log(topic, p).size();
            mark.offsets.push_back({world.topics.name(topic), p, static_cast<std::int64_t>(end)});
            if (cursor.next < end) cursors.push_back(cursor);
        }
    Restore restore(store, world.topics, restore_names(catalogue()), [&](std::string_view name) {
        for (const StreamDefinition& one : world.scenario->streams())
            if (one.shared && one.source + "/" + one.name == name)
                return one.takes ? Restore::Keeping::joined : Restore::Keeping::shared;
        return Restore::Keeping::alone;
    });
    while (!cursors.empty()) {
        const auto which = world.random.below(static_cast<std::int64_t>(cursors.size()));
        Cursor& cursor = cursors[static_cast<std::size_t>(which)];
        const auto& log = world.broker.log(cursor.topic, cursor.partition);
        const Entry& entry = log[cursor.next];
        world.faults.step("replay");
        if (world.broker.is_committed(entry)) {
            ReadMessage message{.topic = world.topics.name(cursor.topic),
                                .partition = cursor.partition,
                                .offset = static_cast<std::int64_t>(cursor.next),
                                .key = entry.key,
                                .value = {},
                                .raw = nullptr};
            if (entry.value) message.value = *entry.value;
            if (auto applied = restore.apply(message); !applied) return applied;
        }
        if (++cursor.next == log.size()) cursors.erase(cursors.begin() + which);
    }
    if (auto done = store.commit(mark); !done) return done;
    return store.drop_id_index();
}

std::unique_ptr<Store> SimulatedCache::rebuilt(World& world, const std::filesystem::path& file) {
    remove(file);
    auto store = Store::open(file, owner);
    if (!store || !replay(world, **store, true, committed_number(world)))
        throw std::logic_error("the cache cannot be rebuilt for comparison");
    return std::move(*store);
}

}  // namespace tributary::simulation
