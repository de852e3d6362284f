#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tributary {

enum class MetricType : std::uint8_t { counter, gauge, histogram };

/// Index into `metric_table`.
enum class Metric : std::uint8_t {
    rows_read,
    pulls,
    pull_errors,
    pull_duration,
    turn_wait,
    events,
    rejects,
    rejects_unresolved,
    source_lag,
    last_event_age,
    last_pull_age,
    transactions,
    transaction_events,
    transaction_size,
    commit_duration,
    commit_number,
    queue_size,
    restarts,
    feed_state,
    conditions,
    load_rows,
    load_expected_rows,
    load_rate,
    load_remaining,
    cache_rebuilds,
    replayed_events,
    broker_up,
    store_up,
    ready,
    uptime,
    build_info,
};

/// A metric, declared once: families, scrape and docs/metrics.md come from this.
struct MetricInfo {
    Metric metric;
    std::string_view name;
    MetricType type;
    std::string_view unit;  ///< "seconds", "bytes", "rows", …; empty: a plain number.
    std::string_view help;
    std::span<const std::string_view> labels = {};
    std::span<const double> buckets = {};
};

namespace metric_labels {
inline constexpr std::array<std::string_view, 3> of_entity{"source", "stream", "entity"};
inline constexpr std::array<std::string_view, 5> of_event{"source", "stream", "entity", "type", "cause"};
inline constexpr std::array<std::string_view, 2> of_stream{"source", "stream"};
inline constexpr std::array<std::string_view, 2> of_feed{"source", "feed"};
inline constexpr std::array<std::string_view, 3> of_feed_code{"source", "feed", "code"};
inline constexpr std::array<std::string_view, 3> of_feed_state{"source", "feed", "state"};
inline constexpr std::array<std::string_view, 1> of_outcome{"outcome"};
inline constexpr std::array<std::string_view, 4> of_build{"version", "commit", "instance", "tenant"};
}  // namespace metric_labels

namespace metric_buckets {
inline constexpr std::array<double, 8> events{1, 10, 100, 500, 1000, 2500, 5000, 10'000};
inline constexpr std::array<double, 8> bytes{1e3, 1e4, 1e5, 5e5, 1e6, 2e6, 4e6, 8e6};
inline constexpr std::array<double, 12> seconds{0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1.5, 5, 15, 60};
}  // namespace metric_buckets

inline constexpr std::array metric_table{
    MetricInfo{Metric::rows_read, "tributary_rows_read_total", MetricType::counter, "rows",
               "Rows read from the source, re-reads included.", metric_labels::of_entity},
    MetricInfo{Metric::pulls, "tributary_pulls_total", MetricType::counter, "", "Pulls the source answered.",
               metric_labels::of_feed},
    MetricInfo{Metric::pull_errors, "tributary_pull_errors_total", MetricType::counter, "",
               "Pulls that failed, by the code of the error.", metric_labels::of_feed_code},
    MetricInfo{Metric::pull_duration, "tributary_pull_duration_seconds", MetricType::histogram, "seconds",
               "How long a pull the source answered took.", metric_labels::of_feed, metric_buckets::seconds},
    MetricInfo{Metric::turn_wait, "tributary_turn_wait_seconds_total", MetricType::counter, "seconds",
               "Time that pulls waited for their turn at the source, such as one of its connections.",
               metric_labels::of_feed},
    MetricInfo{Metric::events, "tributary_events_total", MetricType::counter, "events",
               "Events committed, by type of the event and cause of the read.", metric_labels::of_event},
    MetricInfo{Metric::rejects, "tributary_rejects_total", MetricType::counter, "rows",
               "Rejects published to the dead-letter topic.", metric_labels::of_entity},
    MetricInfo{Metric::rejects_unresolved, "tributary_rejects_unresolved", MetricType::gauge, "rows",
               "Rows that are rejected now: neither accepted since nor gone.", metric_labels::of_feed},
    MetricInfo{Metric::source_lag, "tributary_source_lag_seconds", MetricType::gauge, "seconds",
               "Time since the moment up to which everything the source committed is published.",
               metric_labels::of_stream},
    MetricInfo{Metric::last_event_age, "tributary_last_event_age_seconds", MetricType::gauge, "seconds",
               "Time since an event of the feed was last committed; grows while the source is quiet.",
               metric_labels::of_stream},
    MetricInfo{Metric::last_pull_age, "tributary_last_pull_age_seconds", MetricType::gauge, "seconds",
               "Time since the source last answered a pull.", metric_labels::of_stream},
    MetricInfo{Metric::transactions, "tributary_transactions_total", MetricType::counter, "",
               "Kafka transactions by outcome; one of unknown outcome is settled by reading its number back.",
               metric_labels::of_outcome},
    MetricInfo{Metric::transaction_events,
               "tributary_transaction_events",
               MetricType::histogram,
               "events",
               "Events in a committed transaction.",
               {},
               metric_buckets::events},
    MetricInfo{Metric::transaction_size,
               "tributary_transaction_size_bytes",
               MetricType::histogram,
               "bytes",
               "Bytes of messages in a committed transaction.",
               {},
               metric_buckets::bytes},
    MetricInfo{Metric::commit_duration,
               "tributary_commit_duration_seconds",
               MetricType::histogram,
               "seconds",
               "How long a commit took, to Kafka and to the store.",
               {},
               metric_buckets::seconds},
    MetricInfo{Metric::commit_number, "tributary_commit_number", MetricType::gauge, "",
               "Number of the last commit the store reflects."},
    MetricInfo{Metric::queue_size, "tributary_queue_size_bytes", MetricType::gauge, "bytes",
               "Batches that were handed over and are not committed yet.", metric_labels::of_feed},
    MetricInfo{Metric::restarts, "tributary_restarts_total", MetricType::counter, "",
               "Times a feed went on after it had failed or was parked.", metric_labels::of_feed},
    MetricInfo{Metric::feed_state, "tributary_feed_state", MetricType::gauge, "",
               "1 for the state the feed is in, 0 for every other.", metric_labels::of_feed_state},
    MetricInfo{Metric::conditions, "tributary_conditions", MetricType::gauge, "",
               "1 while the feed reports the condition, such as a missing right.", metric_labels::of_feed_code},
    MetricInfo{Metric::load_rows, "tributary_load_rows", MetricType::gauge, "rows",
               "Rows the load or reread under way has read.", metric_labels::of_feed},
    MetricInfo{Metric::load_expected_rows, "tributary_load_expected_rows", MetricType::gauge, "rows",
               "Rows the load under way will read, by the source's estimate.", metric_labels::of_feed},
    MetricInfo{Metric::load_rate, "tributary_load_rows_per_second", MetricType::gauge, "rows",
               "Rows a second the load under way reads lately.", metric_labels::of_feed},
    MetricInfo{Metric::load_remaining, "tributary_load_remaining_seconds", MetricType::gauge, "seconds",
               "Time until the load under way ends, at its present rate.", metric_labels::of_feed},
    MetricInfo{Metric::cache_rebuilds, "tributary_cache_rebuilds_total", MetricType::counter, "",
               "Times the store's cache was rebuilt from the topics."},
    MetricInfo{Metric::replayed_events, "tributary_replayed_events_total", MetricType::counter, "events",
               "Events read back from the topics to bring the cache up to date."},
    MetricInfo{Metric::broker_up, "tributary_broker_up", MetricType::gauge, "",
               "1 when the last interaction with the broker succeeded."},
    MetricInfo{Metric::store_up, "tributary_store_up", MetricType::gauge, "",
               "1 when the last interaction with the store succeeded."},
    MetricInfo{Metric::ready, "tributary_ready", MetricType::gauge, "", "1 while /readyz answers 200."},
    MetricInfo{Metric::uptime, "tributary_uptime_seconds", MetricType::gauge, "seconds",
               "Time since the process started."},
    MetricInfo{Metric::build_info, "tributary_build_info", MetricType::gauge, "", "Always 1; its labels say what runs.",
               metric_labels::of_build},
};

constexpr bool metrics_are_in_order() {
    for (std::size_t i = 0; i < metric_table.size(); ++i)
        if (metric_table[i].metric != static_cast<Metric>(i)) return false;
    return metric_table.size() == static_cast<std::size_t>(Metric::build_info) + 1;
}
static_assert(metrics_are_in_order(), "metric_table stands in the order of Metric");

constexpr const MetricInfo& info_of(Metric metric) { return metric_table[static_cast<std::size_t>(metric)]; }
constexpr std::string_view name_of(MetricType type) {
    return type == MetricType::counter ? "counter" : type == MetricType::gauge ? "gauge" : "histogram";
}

}  // namespace tributary
