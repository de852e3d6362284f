#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/runtime/committer.hpp"
#include "core/runtime/pipeline.hpp"
#include "core/status/board.hpp"
#include "core/status/metrics.hpp"

namespace tributary {

/// Tells everybody what the commit loop did: the pipelines (position committed, sent back), the status board, the
/// metrics, the log, and whoever wants to see events. Called by the commit loop's thread.
class Journal final : public CommitObserver {
  public:
    struct FeedEntry {
        Pipeline* pipeline = nullptr;
        FeedStatus* status = nullptr;
        std::vector<const StreamInfo*> streams;
        std::vector<StreamMetrics*> metrics;
    };
    Journal(StatusBoard& board, Metrics& metrics) : board_(board), metrics_(metrics) {}

    void feeds(std::vector<FeedEntry> feeds, std::function<std::int64_t(StreamNo)> unresolved);
    void on_event(std::function<void(const EventView&)> show) { show_ = std::move(show); }
    void on_reject(std::function<void(std::size_t)> show) { show_reject_ = std::move(show); }

    void committed(const Commit& commit) override;
    void unchanged(const Work& work) override;
    void rolled_back(std::uint64_t number) override;
    void outcome_unknown(std::uint64_t number, const Error& error) override;
    void broker_failed(const Error& error) override;
    void broker_answered() override;
    void store_failed(const Error& error) override;
    void store_answered(std::uint64_t number) override;
    void refused(FeedNo feed, const Error& error, std::uint64_t generation) override;

  private:
    struct Counts {
        std::uint64_t events = 0;
        std::uint64_t rejects = 0;
    };
    std::map<const StreamInfo*, Counts> count(const Prepared& prepared);
    static void log_rejects(const Prepared& prepared);

    StatusBoard& board_;
    Metrics& metrics_;
    std::vector<FeedEntry> feeds_;
    std::map<const StreamInfo*, StreamMetrics*> stream_metrics_;
    std::function<std::int64_t(StreamNo)> unresolved_;
    std::function<void(const EventView&)> show_;
    std::function<void(std::size_t)> show_reject_;
    bool store_ok_ = true;
};

/// When that is news; librdkafka tells of it from a thread of its own.
void log_broker_failed(const Error& error);

}  // namespace tributary
