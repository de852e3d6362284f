#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/status/health.hpp"
#include "core/status/snapshot.hpp"

namespace tributary {

/// The cached counters of one stream. Every call is an atomic addition or, at the first of its kind, a registration;
/// per batch or transaction, never per row. From any thread.
class StreamMetrics {
  public:
    ~StreamMetrics();
    void rows_read(std::uint64_t rows);
    /// `type` as in `ce_type` (created, updated, status_changed, deleted, …), `cause` as in `ce_cause`.
    void events(std::string_view type, std::string_view cause, std::uint64_t events);
    void rejects(std::uint64_t rejects);

  private:
    friend class Metrics;
    struct Impl;
    explicit StreamMetrics(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The cached counters of one feed.
class FeedMetrics {
  public:
    ~FeedMetrics();
    /// `waited`: of them, for its turn at the source.
    void pulled(double seconds, double waited);
    void pull_failed(std::string_view code);

  private:
    friend class Metrics;
    struct Impl;
    explicit FeedMetrics(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

enum class CommitOutcome : std::uint8_t { committed, aborted, unknown };
std::string_view name_of(CommitOutcome outcome);

/// Everything `/metrics` shows. What happens is counted here; what is (states, lags, queues) comes from the status
/// board at the moment of the scrape. Names, help and labels stand once, in core/status/metric_table.hpp.
///
///     StreamMetrics& orders = metrics.stream("erp", "sales", "sales_order");   // at start
///     orders.rows_read(batch.rows.size());
///     orders.events(name_of(ChangeType::created), "load", 950);
///     metrics.transaction({.outcome = CommitOutcome::committed, .events = 950, .bytes = 480'000, .seconds = 0.03});
class Metrics {
  public:
    struct Transaction {
        CommitOutcome outcome = CommitOutcome::committed;
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
        double seconds = 0;  ///< From the first produced event to the end of the store's commit.
    };

    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// Registered at start; live as long as this object.
    StreamMetrics& stream(std::string_view source, std::string_view stream, std::string_view entity);
    FeedMetrics& feed(std::string_view source, std::string_view feed);

    void transaction(const Transaction& transaction);
    void cache_rebuilt();
    void events_replayed(std::uint64_t events);

    /// The page in Prometheus' text format.
    std::string text(const Snapshot& snapshot, const HealthLimits& limits = {}) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// `docs/metrics.md`: the table of metrics.
std::string metrics_markdown();

}  // namespace tributary
