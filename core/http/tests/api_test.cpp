#include "core/http/api.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>

#include <catch2/catch.hpp>

#include "core/http/client.hpp"
#include "core/http/server.hpp"
#include "core/http/status_table.hpp"
#include "core/status/tests/fake_clock.hpp"

using namespace tributary;

namespace {

struct Fixture {
    FakeClock clock;
    StatusBoard board{{.version = "1.2.3", .source_commit = "abc", .instance = "east", .tenant = "acme"}, clock};
    FeedStatus& sales = board.feed({.source = "erp", .feed = "sales", .streams = {"sales"}, .every = 5_s});
    FeedStatus& stock = board.feed({.source = "ware house", .feed = "stock", .streams = {"stock"}, .every = 5_s});
    Metrics metrics;
    StatusApi api{board, metrics, {}, [](std::string& text) {
                      for (auto at = text.find("hunter2"); at != std::string::npos; at = text.find("hunter2"))
                          text.replace(at, 7, "***");
                  }};

    void heal() {
        board.stage(ProcessStage::running);
        board.broker_ok();
        board.store_committed(41);
        sales.pulled({.rows = 10});
        stock.pulled({.rows = 5});
    }
    HttpResponse get(std::string_view target) const { return api.answer({"GET", target}); }
};

rapidjson::Document parsed(const std::string& body) {
    rapidjson::Document document;
    document.Parse(body.c_str(), body.size());
    INFO(body);
    REQUIRE_FALSE(document.HasParseError());
    return document;
}

/// The value at a JSON pointer, as text.
std::string at(const std::string& body, const char* pointer) {
    auto document = parsed(body);
    const auto* value = rapidjson::Pointer(pointer).Get(document);
    if (value == nullptr) return "nothing";
    if (value->IsString()) return {value->GetString(), value->GetStringLength()};
    if (value->IsBool()) return value->GetBool() ? "true" : "false";
    if (value->IsNull()) return "null";
    if (value->IsUint64()) return std::to_string(value->GetUint64());
    return value->IsNumber() ? "number" : "compound";
}

const Error refused{Verdict::retry, "refused", "postgres://crm:hunter2@db: connection refused"};

}  // namespace

TEST_CASE("readyz answers 200 when the broker, the store and every source answered", "[api]") {
    Fixture f;
    f.heal();
    const auto answer = f.get("/readyz");
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"ready":true,"reasons":[],"warnings":[]})");
}

TEST_CASE("readyz answers 503 and names the feed and what failed, without the secret", "[api]") {
    Fixture f;
    f.heal();
    f.stock.failed(refused, f.clock() + 2_s);
    const auto answer = f.get("/readyz");
    CHECK(answer.status == 503);
    CHECK(at(answer.body, "/ready") == "false");
    CHECK(at(answer.body, "/reasons/0/code") == "refused");
    CHECK(at(answer.body, "/reasons/0/source") == "ware house");
    CHECK(at(answer.body, "/reasons/0/feed") == "stock");
    CHECK(at(answer.body, "/reasons/0/what").starts_with("postgres://crm:***@db: connection refused"));
    CHECK(at(answer.body, "/reasons/1") == "nothing");
}

TEST_CASE("readyz names a missing right as a warning and stays ready", "[api]") {
    Fixture f;
    f.heal();
    const std::vector<Condition> conditions{{"no_read_all_stats", "the role lacks pg_read_all_stats"}};
    f.sales.pulled({.conditions = conditions});
    const auto answer = f.get("/readyz");
    CHECK(answer.status == 200);
    CHECK(at(answer.body, "/warnings/0/code") == "no_read_all_stats");
    CHECK(at(answer.body, "/warnings/0/what") == "the role lacks pg_read_all_stats");
}

TEST_CASE("readyz?verbose shows what was looked at", "[api]") {
    Fixture f;
    f.board.loop("commit", 120_s);
    f.heal();
    f.clock.pass(2_s);
    const auto body = f.get("/readyz?verbose").body;
    CHECK(at(body, "/checks/stage") == "running");
    CHECK(at(body, "/checks/broker/ok") == "true");
    CHECK(at(body, "/checks/loops/0/name") == "commit");
    CHECK(at(body, "/checks/feeds/1/source") == "ware house");
    CHECK(parsed(body)["checks"]["feeds"][0]["last_pull_age_seconds"].GetDouble() == 2.0);
    CHECK(parsed(body)["checks"]["feeds"][0]["limit_seconds"].GetDouble() == 30.0);
}

TEST_CASE("livez stays 200 through outages and answers 503 when a loop does not turn", "[api]") {
    Fixture f;
    f.board.loop("commit", 30_s);
    f.board.broker_failed(refused);
    CHECK(f.get("/livez").status == 200);
    f.clock.pass(31_s);
    const auto answer = f.get("/livez");
    CHECK(answer.status == 503);
    CHECK(at(answer.body, "/reasons/0/code") == "loop_stuck");
}

TEST_CASE("healthz sums up the process, its links and each source in a word", "[api]") {
    Fixture f;
    f.heal();
    f.stock.parked({Verdict::stop, "no_column", "no column 'qty'"});
    const auto answer = f.get("/healthz");
    CHECK(answer.status == 503);
    CHECK(at(answer.body, "/live") == "true");
    CHECK(at(answer.body, "/process/version") == "1.2.3");
    CHECK(at(answer.body, "/process/instance") == "east");
    CHECK(at(answer.body, "/last_commit_number") == "41");
    CHECK(at(answer.body, "/sources/0/state") == "running");
    CHECK(at(answer.body, "/sources/1/state") == "parked");
}

TEST_CASE("a source's status holds its feeds with position, lag and counts", "[api]") {
    Fixture f;
    f.heal();
    f.sales.committed({.events = 4,
                       .rejects = 1,
                       .position = R"({"v":1,"at":"42"})",
                       .current_to = f.clock() - 3_s,
                       .unresolved = 1});
    const auto answer = f.get("/v1/sources/erp/status");
    CHECK(answer.status == 200);
    CHECK(at(answer.body, "/name") == "erp");
    CHECK(at(answer.body, "/feeds/0/name") == "sales");
    CHECK(at(answer.body, "/feeds/0/rows") == "10");
    CHECK(at(answer.body, "/feeds/0/events") == "4");
    CHECK(at(answer.body, "/feeds/0/unresolved_rejects") == "1");
    CHECK(at(answer.body, "/feeds/0/position/at") == "42");
    CHECK(at(answer.body, "/feeds/0/last_pull") == "2026-01-31T12:00:00.000Z");
    CHECK(parsed(answer.body)["feeds"][0]["lag_seconds"].GetDouble() == 3.0);
    CHECK(at(answer.body, "/feeds/1") == "nothing");
}

TEST_CASE("a position that is no JSON does not break the answer", "[api]") {
    Fixture f;
    f.sales.committed({.position = "{broken"});
    CHECK(at(f.get("/v1/sources/erp/status").body, "/feeds/0/position") == "{broken");
}

TEST_CASE("a source is found under its percent-encoded name", "[api]") {
    Fixture f;
    CHECK(at(f.get("/v1/sources/ware%20house/status").body, "/name") == "ware house");
    CHECK(f.get("/v1/sources/ware%2/status").status == 400);
    CHECK(f.get("/v1/sources/ware%zzhouse/status").status == 400);
    CHECK(f.get("/v1/sources/other/status").status == 404);
}

TEST_CASE("the list of sources shows states, and everything when asked", "[api]") {
    Fixture f;
    const auto brief = f.get("/v1/sources").body;
    CHECK(at(brief, "/sources/0/feeds/0/state") == "unassigned");
    CHECK(at(brief, "/sources/0/feeds/0/rows") == "nothing");
    CHECK(at(f.get("/v1/sources?expand=status").body, "/sources/1/feeds/0/rows") == "0");
}

TEST_CASE("metrics and version are there", "[api]") {
    Fixture f;
    CHECK(f.get("/metrics").type.starts_with("text/plain; version=0.0.4"));
    CHECK(f.get("/metrics").body.find("tributary_build_info") != std::string::npos);
    CHECK(f.get("/version").body == R"({"version":"1.2.3","commit":"abc"})");
}

TEST_CASE("whatever is not there is 404, whatever would write is 405", "[api]") {
    Fixture f;
    for (const auto* target :
         {"/", "", "*", "/readyz/", "/READYZ", "/v1/sources/", "/v1/sources/erp", "/v1/sources//status",
          "/v1/sources/erp/pause", "/../etc/passwd", "http://else.example/readyz"}) {
        INFO(target);
        CHECK(f.get(target).status == 404);
    }
    for (const auto* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "get"})
        CHECK(f.api.answer({method, "/readyz"}).status == 405);
}

TEST_CASE("the status table says first what is wrong, then a line per feed", "[api]") {
    Fixture f;
    f.heal();
    f.sales.pulled({.rows = 0, .phase = FeedPhase::load, .progress = {450, 1000}});
    f.sales.committed({.events = 9, .current_to = f.clock() - 3_s});
    f.stock.failed(refused, no_time);
    f.clock.pass(65_s);
    const auto table = status_table(f.get("/healthz").body, f.get("/v1/sources?expand=status").body);
    REQUIRE(table);
    CHECK(*table ==
          "tributary 1.2.3, instance east, tenant acme, up 1 min 5 s: NOT READY\n"
          "  problem: the broker last answered 1 min 5 s ago [broker_stale]\n"
          "  problem: erp/sales: the last successful pull is 1 min 5 s old, at most 30 s is expected [source_stale]\n"
          "  problem: ware house/stock: postgres://crm:***@db: connection refused (for 1 min 5 s) [refused]\n"
          "  last commit: 41\n"
          "\n"
          "SOURCE      FEED   STATE    PHASE     ROWS  EVENTS  REJECTS  LAG        LAST PULL\n"
          "erp         sales  running  load 45%  10    9       0        1 min 8 s  1 min 5 s\n"
          "ware house  stock  waiting  poll      5     0       0        -          1 min 5 s\n");
}

TEST_CASE("the status command asks a daemon that is not ready all the same", "[api]") {
    Fixture f;
    const auto server = HttpServer::start({.listen = {"127.0.0.1", 0}}, [&](const auto& r) { return f.api.answer(r); });
    REQUIRE(server);
    const auto table = fetch_status((*server)->address(), std::chrono::seconds(10));
    REQUIRE(table);
    CHECK(table->find("NOT READY") != std::string::npos);
    CHECK(table->find("ware house  stock  unassigned") != std::string::npos);
}

TEST_CASE("the status table stands answers of another version or of somebody else", "[api]") {
    CHECK(status_table("{}", "{}"));
    CHECK(status_table(R"({"process":7,"reasons":{},"warnings":[1,null]})",
                       R"({"sources":[{"feeds":[{"rows":-1}]},3]})"));
    CHECK(status_table(R"({"process":{"version":"\u001b[31m"}})", "{}")->find('\x1b') == std::string::npos);
    for (const auto* wrong : {"", "<html>", "[]", "{", "\xff"}) {
        INFO(wrong);
        CHECK_FALSE(status_table(wrong, "{}"));
        CHECK_FALSE(status_table("{}", wrong));
    }
    CHECK_FALSE(status_table(std::string(1'000'000, '['), "{}"));
}
