#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "connectors/http_json/connector.hpp"
#include "connectors/http_json/moments.hpp"
#include "connectors/kit/http/tests/list_server.hpp"
#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/kit/table/tests/readme.hpp"
#include "core/model/time.hpp"
#include "core/model/times.hpp"

namespace tributary::http_json {
namespace {

TEST_CASE("the README shows the options of http_json as they are declared", "[http_json]") {
    table::test::check_readme(connector());
    const std::string lookups =
        "<!-- options: lookup -->\n\n" + options_as_markdown(connector().lookup_options()) + "\n<!-- end -->";
    INFO(lookups);
    CHECK(table::test::readme_of("http_json").find(lookups) != std::string::npos);
}

TEST_CASE("a moment is written at or before itself, as the source compares", "[http_json]") {
    const std::int64_t moment = parse_timestamp("2026-01-31T23:30:15.654321Z")->micros;
    const auto written = [&](MomentFormat format, const char* zone = nullptr) {
        std::optional<table::LocalTime> local;
        if (zone != nullptr) local = *table::LocalTime::of(zone);
        return Moments(format, std::move(local)).write(moment);
    };
    CHECK(written(MomentFormat::iso) == "2026-01-31T23:30:15.654321Z");
    CHECK(written(MomentFormat::iso_seconds) == "2026-01-31T23:30:15Z");
    CHECK(written(MomentFormat::date) == "2026-01-31");
    CHECK(written(MomentFormat::date, "Europe/Warsaw") == "2026-02-01");
    CHECK(written(MomentFormat::local) == "2026-01-31 23:30:15");
    CHECK(written(MomentFormat::local, "Europe/Warsaw") == "2026-02-01 00:30:15");
    CHECK(written(MomentFormat::seconds) == "1769902215");
    CHECK(written(MomentFormat::milliseconds) == "1769902215654");
}

TEST_CASE("a stamp is read as it was written", "[http_json]") {
    Moments seconds(MomentFormat::seconds, std::nullopt);
    CHECK(seconds.read(Value::of(std::int64_t{1'769'902'215})) == 1'769'902'215'000'000);
    CHECK(seconds.read(Value::of(INT64_MAX)) == no_time);
    Moments local(MomentFormat::local, *table::LocalTime::of("Europe/Warsaw"));
    CHECK(local.read(Value::text("2026-02-01 00:30:15")) == 1'769'902'215'000'000);
    CHECK(local.read(Value::text("2026-02-01T00:30:15+02:00")) == 1'769'898'615'000'000);
    CHECK(local.read(Value::text("yesterday")) == no_time);
    CHECK(local.read(Value::null()) == no_time);
}

TEST_CASE("fields of a list's elements are looked for in its elements", "[http_json]") {
    http::test::ListServer server([](const std::string&, const http::test::ListServer::Query&) {
        return http::test::ListServer::Reply{
            .body = R"([{"id":1,"lines":[]},{"id":2,"lines":[{"no":1,"item":{"sku":"A"}}]},{"id":3,"notes":[]}])"};
    });
    const auto feed =
        table::test::Configured(connector(), "url: '" + server.url() + "'", "{path: /orders, key: [id]}").open();
    const auto found =
        feed->check(0, std::vector<std::string>{"lines", "lines.no", "lines.item.sku", "lines.qty", "notes.text"}, {});
    REQUIRE(found);
    // an empty list of notes has shown nothing
    REQUIRE(found->size() == 1);
    CHECK(found->front().column == "lines.qty");
}

TEST_CASE("a path with a character that no URL has is refused, and the way to write it is said", "[http_json]") {
    const auto complaints = [](const std::string& stream) {
        return table::test::Configured(connector(), "url: 'http://localhost/api'", "{key: [id], " + stream + "}")
            .complaints();
    };
    for (const auto& [path, written] :
         {std::pair("/resource/Sales Order", "%20"), std::pair("/заказы", "%D0%B7"), std::pair("/a#b", "%23"),
          std::pair("/a?q=<b>", "%3C"), std::pair("/100%", "%25"), std::pair("/a/{id}", "%7B")}) {
        const std::string said = complaints(std::string("path: '") + path + "'");
        INFO(path);
        INFO(said);
        CHECK(said.contains("test.yaml:1:"));
        CHECK(said.contains(std::string("write ") + written));
    }
    CHECK(complaints("path: '/orders', item: '/my orders/{id}'").contains("write %20"));
    for (const char* const path : {"/resource/Sales%20Order?filter[a]=b&c=d,e", "/v1/orders", "orders/~me/@x:y;z='1'"})
        CHECK(complaints(std::string("path: \"") + path + "\"").empty());
    CHECK(complaints("path: '/orders', item: '/orders/{id}'").empty());
}

/// An API of fifty rows that knows `limit` and no other parameter.
http::test::ListServer::Reply first_rows(const std::string&, const http::test::ListServer::Query& query) {
    std::string rows;
    const int limit = query.contains("limit") ? std::stoi(query.at("limit")) : 20;
    for (int id = 1; id <= std::min(limit, 50); ++id) rows += (id == 1 ? "" : ",") + fmt::format(R"({{"id":{}}})", id);
    return {.body = R"({"cursor":"a","rows":[)" + rows + "]}"};
}

TEST_CASE("an API that does not take the parameter of its paging is not read for ever", "[http_json]") {
    const std::string paging =
        GENERATE("style: offset, parameter: start, size_parameter: limit, size: 10",
                 "style: offset, parameter: start, size_parameter: rows, size: 10",
                 "style: offset, parameter: start, size_parameter: limit, size: 500",
                 "style: page, parameter: start, size_parameter: limit, size: 30", "style: page, parameter: start",
                 "style: after, parameter: start", "style: cursor, parameter: start, next: /cursor");
    INFO(paging);
    std::atomic<int> requests = 0;
    http::test::ListServer server([&](const std::string& path, const http::test::ListServer::Query& query) {
        ++requests;
        return first_rows(path, query);
    });
    table::test::Configured configured(connector(), "url: '" + server.url() + "'",
                                       "{path: /orders, rows: /rows, key: [id], paging: {" + paging + "}}");
    const auto feed = configured.open();
    const auto found = feed->check(0, std::vector<std::string>{"id"}, {});
    REQUIRE(found);
    REQUIRE_FALSE(found->empty());
    CHECK(found->back().severity == Severity::error);
    CHECK(found->back().column == "start");

    requests = 0;
    Position position;
    auto batch = feed->pull(position, {}, {});
    for (; batch && requests < 30; batch = feed->pull(position, {}, {})) position = batch->next;
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == "paging_ignored");
    CHECK(batch.error().verdict == Verdict::stop);
    CHECK(batch.error().what.contains("'start'"));
    CHECK(requests == 8);
}

TEST_CASE("a list that is paged as it should be, or ends with its first page, passes the check", "[http_json]") {
    const int there = GENERATE(0, 1, 2, 9, 10, 11, 40);
    http::test::ListServer server([&](const std::string&, const http::test::ListServer::Query& query) {
        std::string rows;
        const int start = std::stoi(query.at("start"));
        for (int id = start; id < std::min(start + std::stoi(query.at("limit")), there); ++id)
            rows += (id == start ? "" : ",") + fmt::format(R"({{"id":{}}})", id);
        return http::test::ListServer::Reply{.body = "[" + rows + "]"};
    });
    table::test::Configured configured(
        connector(), "url: '" + server.url() + "'",
        "{path: /orders, key: [id], paging: {style: offset, parameter: start, size_parameter: limit, size: 10}}");
    const auto found = configured.open()->check(0, std::vector<std::string>{"id"}, {});
    REQUIRE(found);
    for (const Finding& finding : *found) CHECK(finding.severity != Severity::error);
}

}  // namespace
}  // namespace tributary::http_json
