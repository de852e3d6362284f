#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/change/fold.hpp"
#include "core/runtime/committer.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/status/board.hpp"
#include "tests/pipeline/simulated_cache.hpp"
#include "tests/pipeline/simulated_log.hpp"
#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

/// One run of the daemon, wired as `Instance` does it: claim, lock, open the cache, pull and commit. `Killed` passes
/// through; the object is then destroyed and the world stays.
class Process final : public CommitObserver {
  public:
    Process(World& world, std::string run);
    ~Process() override;

    /// When something is to be done here next.
    std::int64_t next_at() const;
    /// Does one of the things that are due.
    void act();

    /// Asks it to end by itself; `stopped` once nothing is in flight.
    void stop();
    bool stopped() const { return stopping_ && !committer_->in_flight(); }
    const std::optional<Committer::End>& ended() const { return committer_->ended(); }
    bool is_running() const { return !pipelines_.empty(); }
    bool is_claimed() const { return committer_->claimed(); }
    std::size_t queued_bytes() const { return queue_.bytes(); }
    const std::string& run() const { return run_; }
    SimulatedCache& cache() { return cache_; }

    void committed(const Commit& commit) override;
    void unchanged(const Work&) override { ++world_.faults.happened["a batch brought nothing"]; }
    void rolled_back(std::uint64_t number) override;
    void outcome_unknown(std::uint64_t number, const Error& error) override;
    void broker_failed(const Error& error) override;
    void broker_answered() override {}
    void store_failed(const Error& error) override;
    void store_answered(std::uint64_t) override {}
    void refused(FeedNo feed, const Error& error, std::uint64_t generation) override;

  private:
    void act_commit();
    void act_pull(std::size_t feed);
    void start_up();
    bool make_pipelines();
    Pipeline::Setup pipeline_setup(std::size_t feed, FeedRecord record);
    std::unique_ptr<Feed> open_feed(std::size_t feed);
    Preparation preparation();

    World& world_;
    std::string run_;
    std::vector<EntityInfo> entities_;
    std::vector<FoldRules> fold_rules_;
    StatusBoard board_;
    WorkQueue queue_;
    SimulatedLog log_;
    std::unique_ptr<Log> wrapped_log_;
    SimulatedCache cache_;
    StateStore* store_ = nullptr;
    std::vector<std::unique_ptr<StreamInfo>> streams_;
    std::map<StreamNo, std::uint32_t> precedence_;
    std::vector<std::unique_ptr<Pipeline>> pipelines_;
    std::vector<std::int64_t> pull_at_;
    std::unique_ptr<Committer> committer_;
    std::int64_t commit_at_ = 0;
    std::int64_t start_up_at_ = 0;
    bool stopping_ = false;
};

}  // namespace tributary::simulation
