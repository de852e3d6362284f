#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/pipeline/ledger.hpp"
#include "tests/pipeline/process.hpp"
#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

struct Outcome {
    std::vector<Violation> violations;
    std::map<std::string, int> happened;  ///< Faults that really took place, by name.
    std::size_t events = 0;
    std::vector<std::string> trace;
};

/// Runs one schedule: some seconds of changes and faults, then until everything is published, then the audit.
Outcome simulate(std::uint64_t seed, const MakeScenario& make, const Mutant& mutant = {});

/// One schedule in one thread. Time passes only here.
class Simulation {
  public:
    Simulation(std::uint64_t seed, const MakeScenario& make, const Mutant& mutant, std::filesystem::path directory);
    Outcome run();

  private:
    enum class Kind {
        kill,
        kill_soon,
        stop,
        start_beside,
        rival_init,
        rival_claims,
        time_out,
        broker_away,
        topic_refused,
        commit_lost_before,
        commit_lost_after,
        commit_lost_fenced,
        produce_fails,
        rollback_fails,
        store_read_fails,
        store_damaged,
        store_write_fails,
        store_commit_fails,
        disk_full,
        source_away,
        source_refuses,
        cache_lost,
        cache_old,
        cache_truncated,
        heal,
    };
    void plan();
    void change();
    void happen(Kind kind);
    void kill_soon();
    void happen_to_log(Kind kind);
    void happen_to_store(Kind kind);
    void last(std::int64_t most, std::function<void()> heal);
    void rival(bool claims);
    void damage_cache(Kind kind);

    void run_until(std::int64_t end);
    bool settle();
    void act(std::size_t process);
    void after_step(std::size_t process);
    void kill_all();
    void end(std::size_t process);
    void audit();
    std::int64_t next_at() const;

    World world_;
    std::multimap<std::int64_t, std::function<void()>> plan_;
    std::vector<std::unique_ptr<Process>> processes_;
    std::int64_t start_at_ = 0;
    std::int64_t force_stop_at_ = INT64_MAX;
    int runs_ = 0;
    bool rivalry_ = false;  ///< Somebody else has claimed, so that ending with 79 is right.
    Outcome outcome_;
};

}  // namespace tributary::simulation
