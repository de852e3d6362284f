#include <fmt/format.h>

#include <array>

#include "core/publish/checkpoint.hpp"
#include "tests/pipeline/simulation.hpp"

namespace tributary::simulation {

namespace {

/// What only a commit comes by.
constexpr std::array<std::string_view, 5> rare_steps = {"begin", "start_commit", "answer", "store commit",
                                                        "store committed"};

std::filesystem::path old_copy(const World& world) { return world.directory / "old.db"; }

}  // namespace

/// What happens in this schedule, and when.
void Simulation::plan() {
    Random& random = world_.random;
    const std::int64_t start = world_.now;
    const Scenario::Length length = world_.scenario->length();
    const auto changes = random.between(length.fewest_changes, length.most_changes);
    for (std::int64_t i = 0; i < changes; ++i) plan_.emplace(start + random.below(length.micros), [this] { change(); });
    if (!world_.scenario->rare_steps().empty() && random.percent(50))
        plan_.emplace(start + random.below(length.micros), [this] { kill_soon(); });
    const auto faults = random.between(1, 9);
    for (std::int64_t i = 0; i < faults; ++i) {
        const auto kind = static_cast<Kind>(random.below(static_cast<std::int64_t>(Kind::heal)));
        plan_.emplace(start + random.below(length.micros), [this, kind] { happen(kind); });
    }
}

/// The fault lasts for up to `most`, then it is healed.
void Simulation::last(std::int64_t most, std::function<void()> heal) {
    plan_.emplace(world_.now + world_.random.below(most), std::move(heal));
}

/// Whoever has to start anew for it is killed: a configuration is read at the start.
void Simulation::change() {
    if (world_.scenario->change()) kill_all();
}

void Simulation::happen(Kind kind) {
    Random& random = world_.random;
    world_.note(fmt::format("fault {}", static_cast<int>(kind)));
    const auto feeds = static_cast<std::int64_t>(world_.scenario->feeds().size());
    const auto feed = static_cast<std::size_t>(random.below(feeds));
    switch (kind) {
        case Kind::kill:
            kill_all();
            break;
        case Kind::kill_soon:
            kill_soon();
            break;
        case Kind::stop:
            for (auto& process : processes_) process->stop();
            force_stop_at_ = world_.now + 10 * second;
            break;
        case Kind::start_beside:
            if (processes_.size() != 1) break;
            rivalry_ = true;
            ++world_.faults.happened["started beside another"];
            processes_.push_back(std::make_unique<Process>(world_, fmt::format("run-{}", ++runs_)));
            break;
        case Kind::source_away:
            world_.faults.sources_away.insert(feed);
            last(8 * second, [this, feed] { world_.faults.sources_away.erase(feed); });
            break;
        case Kind::source_refuses:
            world_.faults.sources_refused.insert(feed);
            last(8 * second, [this, feed] { world_.faults.sources_refused.erase(feed); });
            break;
        case Kind::cache_lost:
        case Kind::cache_old:
        case Kind::cache_truncated:
            damage_cache(kind);
            break;
        case Kind::store_read_fails:
        case Kind::store_damaged:
        case Kind::store_write_fails:
        case Kind::store_commit_fails:
        case Kind::disk_full:
            happen_to_store(kind);
            break;
        default:
            happen_to_log(kind);
            break;
    }
}

void Simulation::kill_soon() {
    const auto own = world_.scenario->rare_steps();
    if (!world_.random.percent(own.empty() ? 30 : 70)) {
        world_.faults.kill_in = static_cast<int>(world_.random.between(1, 150));
        return;
    }
    const auto step =
        static_cast<std::size_t>(world_.random.below(static_cast<std::int64_t>(rare_steps.size() + own.size())));
    world_.faults.kill_at = step < rare_steps.size() ? rare_steps[step] : own[step - rare_steps.size()];
}

void Simulation::happen_to_log(Kind kind) {
    Faults& faults = world_.faults;
    Random& random = world_.random;
    switch (kind) {
        case Kind::rival_init:
        case Kind::rival_claims:
            rival(kind == Kind::rival_claims);
            break;
        case Kind::time_out:
            world_.broker.time_out();
            break;
        case Kind::broker_away:
            world_.broker.away = true;
            last(8 * second, [this] { world_.broker.away = false; });
            break;
        case Kind::topic_refused:
            world_.broker.refused.insert(
                static_cast<TopicNo>(random.below(static_cast<std::int64_t>(world_.topics.names().size()))));
            last(8 * second, [this] { world_.broker.refused.clear(); });
            break;
        case Kind::commit_lost_before:
            faults.next_commit = Faults::Commit::lost_before;
            break;
        case Kind::commit_lost_after:
        case Kind::commit_lost_fenced:
            faults.next_commit = Faults::Commit::lost_after;
            faults.next_commit_fenced = kind == Kind::commit_lost_fenced;
            break;
        case Kind::produce_fails:
            faults.produce_fails_in = static_cast<int>(random.between(1, 20));
            break;
        case Kind::rollback_fails:
            // a refused topic is what rolls back
            faults.rollback_fails_in = 1;
            world_.broker.refused.insert(world_.topics.entity(
                static_cast<std::size_t>(random.below(static_cast<std::int64_t>(world_.topics.entities())))));
            last(2 * second, [this] { world_.broker.refused.clear(); });
            break;
        default:
            break;
    }
}

void Simulation::happen_to_store(Kind kind) {
    Faults& faults = world_.faults;
    const int in = static_cast<int>(world_.random.between(1, 20));
    switch (kind) {
        case Kind::store_read_fails:
            faults.store_read_fails_in = in;
            // a rollback while work waits for the store is the interesting case
            if (world_.random.percent(50)) faults.next_commit = Faults::Commit::lost_before;
            break;
        case Kind::store_damaged:
            faults.store_damage_in = in;
            break;
        case Kind::store_write_fails:
            faults.store_write_fails_in = in;
            break;
        case Kind::store_commit_fails:
            faults.store_commit_fails_in = 1 + in / 5;
            break;
        case Kind::disk_full:
            faults.disk_full = true;
            // longer than a heartbeat takes to come
            last(25 * second, [this] { world_.faults.disk_full = false; });
            break;
        default:
            break;
    }
}

/// Somebody else starts under the same name: takes the transactional id, and perhaps gets as far as a claim.
void Simulation::rival(bool claims) {
    if (world_.broker.away) return;
    const std::uint64_t epoch = world_.broker.init();
    if (!claims) return;
    ++world_.faults.happened["a rival claimed"];
    rivalry_ = true;
    Checkpoints checkpoints(instance_name);
    for (const Entry& entry : world_.broker.log(world_.topics.checkpoints(), 0))
        if (!entry.mark) checkpoints.add_any(entry.key, entry.value);
    Entry commit;
    commit.key = checkpoint::commit_key(instance_name);
    commit.value = checkpoint::encode(CommitRecord{checkpoints.highest() + 1, "rival", "there", 2, world_.now});
    Entry claim;
    claim.key = checkpoint::claim_key(instance_name);
    claim.value = checkpoint::encode(ClaimRecord{"rival", "there", 2, world_.now, "simulated"});
    (void)world_.broker.append(epoch, world_.topics.checkpoints(), std::move(commit));
    (void)world_.broker.append(epoch, world_.topics.checkpoints(), std::move(claim));
    (void)world_.broker.end(epoch, true, world_.now);
}

/// The process dies, and its cache is not what it was when the next one starts.
void Simulation::damage_cache(Kind kind) {
    kill_all();
    const auto file = SimulatedCache::file(world_);
    if (!std::filesystem::exists(file)) return;
    if (kind == Kind::cache_lost) {
        SimulatedCache::remove(file);
    } else if (kind == Kind::cache_truncated) {
        std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
    } else if (std::filesystem::exists(old_copy(world_)) && world_.random.percent(70)) {
        ++world_.faults.happened["cache rolled back to an old copy"];
        std::filesystem::copy_file(old_copy(world_), file, std::filesystem::copy_options::overwrite_existing);
    } else {
        std::filesystem::copy_file(file, old_copy(world_), std::filesystem::copy_options::overwrite_existing);
        last(6 * second, [this] { damage_cache(Kind::cache_old); });
    }
}

}  // namespace tributary::simulation
