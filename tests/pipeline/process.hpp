#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/configuration/configuration.hpp"
#include "core/runtime/cache_questions.hpp"
#include "core/runtime/committer.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/runtime/stream_table.hpp"
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
    void act_poll(std::size_t polled);
    void start_up();
    void configure();
    void make_lookups();
    void make_pipelines();
    Pipeline::Setup pipeline_setup(SourceConfiguration& source, const FeedInfo& info, FeedRecord record);
    std::unique_ptr<Comparison> comparison(const SourceConfiguration& source, const StreamConfiguration& stream,
                                           Pipeline::Stream& part, std::uint32_t index);
    std::unique_ptr<Feed> failing(std::size_t number, std::unique_ptr<Feed> feed) const;

    World& world_;
    std::string run_;
    StatusBoard board_;
    WorkQueue queue_;
    SimulatedLog log_;
    std::unique_ptr<Log> wrapped_log_;
    SimulatedCache cache_;
    CacheQuestions questions_{0};  ///< Answered while they are asked.
    ComparisonNotes notes_;
    ResetRequests resets_;
    std::unique_ptr<Configuration> configuration_;
    std::unique_ptr<StreamTable> streams_;
    std::map<std::string, std::vector<std::unique_ptr<Lookup>>> lookups_;  ///< By source.
    std::vector<std::unique_ptr<Pipeline>> pipelines_;
    std::vector<Polled*> polled_;        ///< The pipelines, by FeedNo, then the look-ups.
    std::vector<std::int64_t> poll_at_;  ///< As `polled_`.
    std::unique_ptr<Committer> committer_;
    std::int64_t commit_at_ = 0;
    std::int64_t start_up_at_ = 0;
    bool stopping_ = false;
};

}  // namespace tributary::simulation
