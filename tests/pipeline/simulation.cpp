#include "tests/pipeline/simulation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace tributary::simulation {

namespace {

constexpr std::int64_t patience = 400 * second;  ///< The longest backoff and parking, several times over.
constexpr int most_steps = 200'000;

std::filesystem::path scratch_directory(std::uint64_t seed) {
    const std::filesystem::path memory = "/dev/shm";
    const auto root = std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
    const auto directory = root / fmt::format("tributary-simulation-{}-{}", ::getpid(), seed);
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    return directory;
}

}  // namespace

Outcome simulate(std::uint64_t seed, const MakeScenario& make, const Mutant& mutant) {
    const auto directory = scratch_directory(seed);
    Outcome outcome = Simulation(seed, make, mutant, directory).run();
    std::filesystem::remove_all(directory);
    return outcome;
}

Simulation::Simulation(std::uint64_t seed, const MakeScenario& make, const Mutant& mutant,
                       std::filesystem::path directory)
    : world_(seed, mutant, std::move(directory), make), start_at_(world_.now) {}

Outcome Simulation::run() {
    try {
        plan();
        run_until(world_.now + world_.scenario->length().micros);
        if (settle()) audit();
    } catch (const std::logic_error& impossible) {
        outcome_.violations.push_back({"nothing impossible happens", impossible.what()});
    }
    processes_.clear();
    outcome_.happened = world_.faults.happened;
    outcome_.trace = std::move(world_.trace);
    return std::move(outcome_);
}

std::int64_t Simulation::next_at() const {
    std::int64_t next = processes_.empty() ? start_at_ : INT64_MAX;
    if (!plan_.empty()) next = std::min(next, plan_.begin()->first);
    for (const auto& process : processes_) next = std::min(next, process->next_at());
    return std::min(next, force_stop_at_);
}

void Simulation::run_until(std::int64_t end) {
    for (int steps = 0; next_at() <= end; ++steps) {
        if (steps > most_steps) throw std::logic_error("the loops spin");
        world_.now = std::max(world_.now, next_at());
        if (!plan_.empty() && plan_.begin()->first <= world_.now) {
            auto planned = plan_.extract(plan_.begin());
            planned.mapped()();
        } else if (force_stop_at_ <= world_.now) {
            kill_all();
        } else if (processes_.empty()) {
            processes_.push_back(std::make_unique<Process>(world_, fmt::format("run-{}", ++runs_)));
        } else {
            std::vector<std::size_t> due;
            for (std::size_t i = 0; i < processes_.size(); ++i)
                if (processes_[i]->next_at() <= world_.now) due.push_back(i);
            act(due[static_cast<std::size_t>(world_.random.below(static_cast<std::int64_t>(due.size())))]);
        }
    }
    world_.now = std::max(world_.now, end);
}

void Simulation::act(std::size_t process) {
    try {
        processes_[process]->act();
    } catch (const Killed&) {
        world_.note(processes_[process]->run() + " is killed within a step");
        end(process);
        return;
    }
    after_step(process);
}

void Simulation::after_step(std::size_t process) {
    if (const auto& ended = processes_[process]->ended()) {
        if (ended->exit_code != 79 || !rivalry_) outcome_.violations.push_back({rule::ends_for_rival, ended->reason});
        ++world_.faults.happened["ended for a rival"];
        end(process);
    } else if (processes_[process]->stopped()) {
        ++world_.faults.happened["stopped"];
        end(process);
    }
}

void Simulation::end(std::size_t process) {
    processes_.erase(processes_.begin() + static_cast<std::ptrdiff_t>(process));
    start_at_ = world_.now + world_.random.below(second);
    if (processes_.empty()) force_stop_at_ = INT64_MAX;
}

void Simulation::kill_all() {
    while (!processes_.empty()) {
        world_.note(processes_.back()->run() + " is killed");
        end(processes_.size() - 1);
    }
}

/// Faults are over: everything has to be published before long, without anybody's help.
bool Simulation::settle() {
    const auto happened = std::move(world_.faults.happened);
    world_.faults = {};
    world_.faults.happened = happened;
    world_.broker.away = false;
    world_.broker.refused.clear();
    plan_.clear();
    world_.scenario->settle();
    world_.note("the faults are over");
    const std::int64_t deadline = world_.now + patience;
    run_until(world_.now + 15 * second);  // an idle process notices a rival at its next heartbeat only
    while (world_.now < deadline) {
        run_until(world_.now + 2 * second);
        if (processes_.size() != 1 || !processes_[0]->is_running()) continue;
        if (!world_.scenario->is_at_rest()) continue;
        const std::size_t events = Ledger(world_).events();
        run_until(world_.now + world_.scenario->length().calm);
        if (Ledger(world_).events() != events)
            outcome_.violations.push_back({rule::comes_to_rest, "events come after everything was published"});
        return true;
    }
    outcome_.violations = world_.scenario->audit();
    outcome_.violations.push_back({rule::comes_to_rest, "not everything is published after a long calm"});
    return false;
}

void Simulation::audit() {
    // one that was asked to stop before may just have ended; the next one starts by itself
    for (int tries = 0; processes_.empty() && tries < 10; ++tries) run_until(world_.now + second);
    if (processes_.empty()) {
        outcome_.violations.push_back({rule::comes_to_rest, "no process is left"});
        return;
    }
    Process& process = *processes_.front();
    process.stop();
    for (int steps = 0; !process.stopped() && steps < 1'000; ++steps) {
        world_.now = std::max(world_.now, process.next_at());
        process.act();
    }
    const auto published = world_.scenario->audit();
    outcome_.violations.insert(outcome_.violations.end(), published.begin(), published.end());
    // stopped before the cache had caught up with the log: the next start does that first
    if (process.cache().store().commit_number() != SimulatedCache::committed_number(world_))
        (void)process.cache().catch_up({Verdict::retry, "state_behind", "stopped while behind"});
    const auto copy = world_.directory / "rebuilt.db";
    Ledger ledger(world_);
    ledger.check_cache(process.cache().store(), *SimulatedCache::rebuilt(world_, copy));
    const auto cached = ledger.cache_violations();
    outcome_.violations.insert(outcome_.violations.end(), cached.begin(), cached.end());
    outcome_.events = ledger.events();
}

}  // namespace tributary::simulation
