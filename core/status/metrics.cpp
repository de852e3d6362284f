#include "core/status/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "core/status/board_metrics.hpp"
#include "core/status/metric_table.hpp"

namespace tributary {

namespace {

using Counters = prometheus::Family<prometheus::Counter>;
using Histograms = prometheus::Family<prometheus::Histogram>;

template <typename Builder>
auto& family(prometheus::Registry& registry, Builder builder, Metric metric) {
    const MetricInfo& info = info_of(metric);
    return builder.Name(std::string(info.name)).Help(std::string(info.help)).Register(registry);
}

Counters& counters(prometheus::Registry& registry, Metric metric) {
    return family(registry, prometheus::BuildCounter(), metric);
}

Histograms& histograms(prometheus::Registry& registry, Metric metric) {
    return family(registry, prometheus::BuildHistogram(), metric);
}

prometheus::Histogram& add(Histograms& to, Metric metric, const prometheus::Labels& labels) {
    const auto buckets = info_of(metric).buckets;
    return to.Add(labels, prometheus::Histogram::BucketBoundaries(buckets.begin(), buckets.end()));
}

double as_double(std::uint64_t number) { return static_cast<double>(number); }

}  // namespace

std::string_view name_of(CommitOutcome outcome) {
    switch (outcome) {
        case CommitOutcome::committed:
            return "committed";
        case CommitOutcome::aborted:
            return "aborted";
        case CommitOutcome::unknown:
            return "unknown";
    }
    return "unknown";
}

struct Metrics::Impl {
    prometheus::Registry registry;
    Counters& rows_read = counters(registry, Metric::rows_read);
    Counters& pulls = counters(registry, Metric::pulls);
    Counters& pull_errors = counters(registry, Metric::pull_errors);
    Histograms& pull_duration = histograms(registry, Metric::pull_duration);
    Counters& turn_wait = counters(registry, Metric::turn_wait);
    Counters& events = counters(registry, Metric::events);
    Counters& rejects = counters(registry, Metric::rejects);
    Counters& transactions = counters(registry, Metric::transactions);
    prometheus::Histogram& transaction_events =
        add(histograms(registry, Metric::transaction_events), Metric::transaction_events, {});
    prometheus::Histogram& transaction_size =
        add(histograms(registry, Metric::transaction_size), Metric::transaction_size, {});
    prometheus::Histogram& commit_duration =
        add(histograms(registry, Metric::commit_duration), Metric::commit_duration, {});
    prometheus::Counter& cache_rebuilds = counters(registry, Metric::cache_rebuilds).Add({});
    prometheus::Counter& replayed_events = counters(registry, Metric::replayed_events).Add({});
    std::array<prometheus::Counter*, 3> outcomes{};

    std::mutex mutex;  ///< Guards the two lists.
    std::vector<std::unique_ptr<StreamMetrics>> streams;
    std::vector<std::unique_ptr<FeedMetrics>> feeds;
};

struct StreamMetrics::Impl {
    struct Kind {
        std::string type;
        std::string cause;
        prometheus::Counter* counter;
    };

    Counters& events;
    prometheus::Counter& rows_read;
    prometheus::Counter& rejects;
    prometheus::Labels labels;
    std::mutex mutex;  ///< Guards `kinds`.
    std::vector<Kind> kinds;
};

struct FeedMetrics::Impl {
    Counters& pull_errors;
    prometheus::Counter& pulls;
    prometheus::Histogram& pull_duration;
    prometheus::Counter& turn_wait;
    prometheus::Labels labels;
};

StreamMetrics::StreamMetrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamMetrics::~StreamMetrics() = default;

void StreamMetrics::rows_read(std::uint64_t rows) { impl_->rows_read.Increment(as_double(rows)); }

void StreamMetrics::events(std::string_view type, std::string_view cause, std::uint64_t events) {
    const std::lock_guard lock(impl_->mutex);
    auto& kinds = impl_->kinds;
    auto found =
        std::ranges::find_if(kinds, [&](const auto& each) { return each.type == type && each.cause == cause; });
    if (found == kinds.end()) {
        prometheus::Labels labels = impl_->labels;
        labels["type"] = type;
        labels["cause"] = cause;
        kinds.push_back({std::string(type), std::string(cause), &impl_->events.Add(labels)});
        found = kinds.end() - 1;
    }
    found->counter->Increment(as_double(events));
}

void StreamMetrics::rejects(std::uint64_t rejects) { impl_->rejects.Increment(as_double(rejects)); }

FeedMetrics::FeedMetrics(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
FeedMetrics::~FeedMetrics() = default;

void FeedMetrics::pulled(double seconds, double waited) {
    impl_->pulls.Increment();
    impl_->pull_duration.Observe(seconds);
    impl_->turn_wait.Increment(waited);
}

void FeedMetrics::pull_failed(std::string_view code) {
    prometheus::Labels labels = impl_->labels;
    labels["code"] = code;
    impl_->pull_errors.Add(labels).Increment();
}

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {
    // all three are there from the start: a rate needs the zero before the first one
    for (const auto outcome : {CommitOutcome::committed, CommitOutcome::aborted, CommitOutcome::unknown})
        impl_->outcomes[static_cast<std::size_t>(outcome)] =
            &impl_->transactions.Add({{"outcome", std::string(name_of(outcome))}});
}

Metrics::~Metrics() = default;

StreamMetrics& Metrics::stream(std::string_view source, std::string_view stream, std::string_view entity) {
    const prometheus::Labels labels{
        {"source", std::string(source)}, {"stream", std::string(stream)}, {"entity", std::string(entity)}};
    std::unique_ptr<StreamMetrics::Impl> added(new StreamMetrics::Impl{
        impl_->events, impl_->rows_read.Add(labels), impl_->rejects.Add(labels), labels, {}, {}});
    const std::lock_guard lock(impl_->mutex);
    return *impl_->streams.emplace_back(new StreamMetrics(std::move(added)));
}

FeedMetrics& Metrics::feed(std::string_view source, std::string_view feed) {
    const prometheus::Labels labels{{"source", std::string(source)}, {"feed", std::string(feed)}};
    std::unique_ptr<FeedMetrics::Impl> added(new FeedMetrics::Impl{
        impl_->pull_errors, impl_->pulls.Add(labels), add(impl_->pull_duration, Metric::pull_duration, labels),
        impl_->turn_wait.Add(labels), labels});
    const std::lock_guard lock(impl_->mutex);
    return *impl_->feeds.emplace_back(new FeedMetrics(std::move(added)));
}

void Metrics::transaction(const Transaction& transaction) {
    impl_->outcomes[static_cast<std::size_t>(transaction.outcome)]->Increment();
    if (transaction.outcome != CommitOutcome::committed) return;
    impl_->transaction_events.Observe(as_double(transaction.events));
    impl_->transaction_size.Observe(as_double(transaction.bytes));
    impl_->commit_duration.Observe(transaction.seconds);
}

void Metrics::cache_rebuilt() { impl_->cache_rebuilds.Increment(); }

void Metrics::events_replayed(std::uint64_t events) { impl_->replayed_events.Increment(as_double(events)); }

std::string Metrics::text(const Snapshot& snapshot, const HealthLimits& limits) const {
    std::vector<prometheus::MetricFamily> families = impl_->registry.Collect();
    std::ranges::move(board_metrics(snapshot, limits), std::back_inserter(families));
    std::ranges::sort(families, {}, &prometheus::MetricFamily::name);
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families);
    return std::move(out).str();
}

std::string metrics_markdown() {
    std::string page =
        "# Metrics\n\n"
        "What `/metrics` shows. Times are seconds, sizes bytes. The three lags answer different questions: is\n"
        "everything in (`source_lag`), does anything happen (`last_event_age`), does the source answer\n"
        "(`last_pull_age`).\n\n"
        "| name | type | unit | labels | what |\n|---|---|---|---|---|\n";
    for (const MetricInfo& each : metric_table)
        page += fmt::format("| `{}` | {} | {} | {} | {} |\n", each.name, name_of(each.type), each.unit,
                            fmt::join(each.labels, ", "), each.help);
    return page;
}

}  // namespace tributary
