#include "core/status/board_metrics.hpp"

#include <initializer_list>
#include <utility>

#include "core/status/metric_table.hpp"

namespace tributary {

namespace {

class Builder {
  public:
    Builder(const Snapshot& snapshot, const HealthLimits& limits)
        : shot_(snapshot), limits_(limits), families_(metric_table.size()) {}

    std::vector<prometheus::MetricFamily> build() {
        add_instance();
        for (const FeedSnapshot& feed : shot_.feeds) add_feed(feed);
        std::erase_if(families_, [](const auto& each) { return each.metric.empty(); });
        return std::move(families_);
    }

  private:
    /// Label values stand in the order in which the table declares the labels.
    void add(Metric metric, double value, std::initializer_list<std::string_view> labels = {}) {
        const MetricInfo& info = info_of(metric);
        prometheus::MetricFamily& family = families_[static_cast<std::size_t>(metric)];
        family.name = info.name;
        family.help = info.help;
        prometheus::ClientMetric& one = family.metric.emplace_back();
        auto name = info.labels.begin();
        for (const std::string_view each : labels) one.label.push_back({std::string(*name++), std::string(each)});
        if (info.type == MetricType::counter) {
            family.type = prometheus::MetricType::Counter;
            one.counter.value = value;
        } else {
            family.type = prometheus::MetricType::Gauge;
            one.gauge.value = value;
        }
    }

    void add_age(Metric metric, std::int64_t then, const FeedSnapshot& feed) {
        if (then == no_time) return;
        for (const std::string& stream : feed.streams)
            add(metric, static_cast<double>(age(shot_.now, then)) / 1e6, {feed.source, stream});
    }

    void add_instance() {
        add(Metric::commit_number, static_cast<double>(shot_.last_commit_number));
        add(Metric::broker_up, shot_.broker.ok ? 1 : 0);
        add(Metric::store_up, shot_.store.ok ? 1 : 0);
        add(Metric::ready, judge(shot_, limits_).ready ? 1 : 0);
        add(Metric::uptime, static_cast<double>(age(shot_.now, shot_.started)) / 1e6);
        add(Metric::build_info, 1, {shot_.version, shot_.source_commit, shot_.instance, shot_.tenant});
    }

    void add_feed(const FeedSnapshot& feed) {
        add_age(Metric::source_lag, feed.current_to, feed);
        add_age(Metric::last_event_age, feed.last_event, feed);
        add_age(Metric::last_pull_age, feed.last_pull, feed);
        add(Metric::rejects_unresolved, static_cast<double>(feed.unresolved), {feed.source, feed.feed});
        add(Metric::queue_size, static_cast<double>(feed.queue_bytes), {feed.source, feed.feed});
        add(Metric::restarts, static_cast<double>(feed.restarts), {feed.source, feed.feed});
        for (const FeedState state : all_feed_states)
            add(Metric::feed_state, feed.state == state ? 1 : 0, {feed.source, feed.feed, name_of(state)});
        for (const Condition& each : feed.conditions) add(Metric::conditions, 1, {feed.source, feed.feed, each.code});
        if (feed.phase != FeedPhase::poll) add_load(feed);
    }

    void add_load(const FeedSnapshot& feed) {
        add(Metric::load_rows, static_cast<double>(feed.progress.rows), {feed.source, feed.feed});
        add(Metric::load_rate, feed.rows_per_second, {feed.source, feed.feed});
        if (feed.progress.expected > 0)
            add(Metric::load_expected_rows, static_cast<double>(feed.progress.expected), {feed.source, feed.feed});
        if (feed.eta != no_time)
            add(Metric::load_remaining, static_cast<double>(age(feed.eta, shot_.now)) / 1e6, {feed.source, feed.feed});
    }

    const Snapshot& shot_;
    const HealthLimits& limits_;
    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace

std::vector<prometheus::MetricFamily> board_metrics(const Snapshot& snapshot, const HealthLimits& limits) {
    return Builder(snapshot, limits).build();
}

}  // namespace tributary
