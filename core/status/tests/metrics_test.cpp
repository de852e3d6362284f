#include "core/status/metrics.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "core/status/board.hpp"
#include "core/status/metric_table.hpp"
#include "core/status/tests/fake_clock.hpp"

using namespace tributary;

namespace {

struct Fixture {
    FakeClock clock;
    StatusBoard board{{.version = "1.2.3", .source_commit = "abc", .instance = "east", .tenant = "acme"}, clock};
    FeedStatus& feed = board.feed({.source = "erp", .feed = "sales", .streams = {"orders", "lines"}});
    Metrics metrics;

    /// The value behind `series`, or nothing.
    std::string value(std::string_view series) const {
        const std::string page = "\n" + metrics.text(board.snapshot());
        const std::string line = "\n" + std::string(series) + " ";
        const auto at = page.find(line);
        if (at == std::string::npos) return "nothing";
        const auto start = at + line.size();
        return page.substr(start, page.find('\n', start) - start);
    }
};

}  // namespace

TEST_CASE("every metric has a prefix, a unit in its name, and counters end in _total", "[metrics]") {
    std::set<std::string_view> names;
    for (const MetricInfo& each : metric_table) {
        INFO(each.name);
        CHECK(names.insert(each.name).second);
        CHECK(each.name.starts_with("tributary_"));
        CHECK(each.name.ends_with("_total") == (each.type == MetricType::counter));
        CHECK((each.type == MetricType::histogram) == !each.buckets.empty());
        CHECK(each.help.ends_with("."));
        const std::string total = each.type == MetricType::counter ? "_total" : "";
        if (each.unit == "seconds" || each.unit == "bytes")
            CHECK(each.name.ends_with("_" + std::string(each.unit) + total));
    }
}

TEST_CASE("streams count rows, events by type and cause, and rejects", "[metrics]") {
    Fixture f;
    StreamMetrics& orders = f.metrics.stream("erp", "orders", "sales_order");
    orders.rows_read(100);
    orders.rows_read(20);
    orders.events("created", "load", 90);
    orders.events("created", "load", 5);
    orders.events("updated", "change", 2);
    orders.rejects(3);
    CHECK(f.value(R"(tributary_rows_read_total{entity="sales_order",source="erp",stream="orders"})") == "120");
    CHECK(
        f.value(
            R"(tributary_events_total{cause="load",entity="sales_order",source="erp",stream="orders",type="created"})") ==
        "95");
    CHECK(
        f.value(
            R"(tributary_events_total{cause="change",entity="sales_order",source="erp",stream="orders",type="updated"})") ==
        "2");
    CHECK(f.value(R"(tributary_rejects_total{entity="sales_order",source="erp",stream="orders"})") == "3");
}

TEST_CASE("feeds count pulls and their errors by code", "[metrics]") {
    Fixture f;
    FeedMetrics& sales = f.metrics.feed("erp", "sales");
    sales.pulled(0.03, 0.01);
    sales.pull_failed("refused");
    sales.pull_failed("refused");
    CHECK(f.value(R"(tributary_pulls_total{feed="sales",source="erp"})") == "1");
    CHECK(f.value(R"(tributary_pull_errors_total{code="refused",feed="sales",source="erp"})") == "2");
    CHECK(f.value(R"(tributary_turn_wait_seconds_total{feed="sales",source="erp"})") == "0.01");
    CHECK(f.value(R"(tributary_pull_duration_seconds_bucket{feed="sales",source="erp",le="0.02"})") == "0");
    CHECK(f.value(R"(tributary_pull_duration_seconds_bucket{feed="sales",source="erp",le="0.04"})") == "1");
}

TEST_CASE("only committed transactions enter the histograms; outcomes are there before they happen", "[metrics]") {
    Fixture f;
    CHECK(f.value(R"(tributary_transactions_total{outcome="unknown"})") == "0");
    f.metrics.transaction({.outcome = CommitOutcome::committed, .events = 950, .bytes = 480'000, .seconds = 0.03});
    f.metrics.transaction({.outcome = CommitOutcome::aborted, .events = 7, .bytes = 7, .seconds = 7});
    f.metrics.transaction({.outcome = CommitOutcome::unknown});
    CHECK(f.value(R"(tributary_transactions_total{outcome="committed"})") == "1");
    CHECK(f.value(R"(tributary_transactions_total{outcome="aborted"})") == "1");
    CHECK(f.value(R"(tributary_transactions_total{outcome="unknown"})") == "1");
    CHECK(f.value("tributary_transaction_events_count") == "1");
    CHECK(f.value("tributary_transaction_events_sum") == "950");
    CHECK(f.value("tributary_transaction_size_bytes_sum") == "480000");
}

TEST_CASE("the three lags grow while nothing happens, each for its own reason", "[metrics]") {
    Fixture f;
    CHECK(f.value(R"(tributary_source_lag_seconds{source="erp",stream="orders"})") == "nothing");
    f.feed.pulled({.rows = 1});
    f.feed.committed({.events = 1, .current_to = f.clock() - 2_s});
    f.clock.pass(10_s);
    f.feed.pulled({});
    f.feed.caught_up(f.clock());
    f.clock.pass(5_s);
    for (const std::string stream : {"orders", "lines"}) {
        const std::string labels = R"({source="erp",stream=")" + stream + R"("})";
        CHECK(f.value("tributary_source_lag_seconds" + labels) == "5");
        CHECK(f.value("tributary_last_event_age_seconds" + labels) == "15");
        CHECK(f.value("tributary_last_pull_age_seconds" + labels) == "5");
    }
}

TEST_CASE("states, conditions, queues and loads come from the board", "[metrics]") {
    Fixture f;
    const std::vector<Condition> conditions{{"no_right", "a right is missing"}};
    f.feed.pulled({.phase = FeedPhase::load, .progress = {500, 2000}, .conditions = conditions});
    f.feed.queued(4096);
    f.feed.restarted();
    f.board.store_committed(77);
    CHECK(f.value(R"(tributary_feed_state{source="erp",feed="sales",state="running"})") == "1");
    CHECK(f.value(R"(tributary_feed_state{source="erp",feed="sales",state="parked"})") == "0");
    CHECK(f.value(R"(tributary_conditions{source="erp",feed="sales",code="no_right"})") == "1");
    CHECK(f.value(R"(tributary_queue_size_bytes{source="erp",feed="sales"})") == "4096");
    CHECK(f.value(R"(tributary_restarts_total{source="erp",feed="sales"})") == "1");
    CHECK(f.value(R"(tributary_load_rows{source="erp",feed="sales"})") == "500");
    CHECK(f.value(R"(tributary_load_expected_rows{source="erp",feed="sales"})") == "2000");
    CHECK(f.value("tributary_commit_number") == "77");
    CHECK(f.value("tributary_ready") == "0");
    CHECK(f.value(R"(tributary_build_info{version="1.2.3",commit="abc",instance="east",tenant="acme"})") == "1");
    f.feed.pulled({.phase = FeedPhase::poll});
    CHECK(f.value(R"(tributary_load_rows{source="erp",feed="sales"})") == "nothing");
    CHECK(f.value(R"(tributary_conditions{source="erp",feed="sales",code="no_right"})") == "nothing");
}

TEST_CASE("a label's value cannot break the page", "[metrics]") {
    Fixture f;
    f.metrics.stream("a\"b\\c\nd", "s", "e").rows_read(1);
    CHECK(f.value(R"(tributary_rows_read_total{entity="e",source="a\"b\\c\nd",stream="s"})") == "1");
}

TEST_CASE("every metric stands in the page of documentation, and what is shown is declared", "[metrics]") {
    Fixture f;
    const std::string page = metrics_markdown();
    for (const MetricInfo& each : metric_table)
        CHECK(page.find("`" + std::string(each.name) + "`") != std::string::npos);
    f.metrics.cache_rebuilt();
    f.metrics.events_replayed(5);
    const std::string shown = f.metrics.text(f.board.snapshot());
    for (std::size_t at = shown.find("# TYPE "); at != std::string::npos; at = shown.find("# TYPE ", at + 1)) {
        const std::string name = shown.substr(at + 7, shown.find(' ', at + 7) - at - 7);
        CHECK(page.find("`" + name + "`") != std::string::npos);
    }
}
