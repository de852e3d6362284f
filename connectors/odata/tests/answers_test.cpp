#include "connectors/odata/answers.hpp"

#include <catch2/catch.hpp>
#include <mutex>

#include "connectors/kit/http/tests/list_server.hpp"
#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/odata/connector.hpp"
#include "connectors/odata/tests/captures.hpp"
#include "core/configuration/configuration.hpp"

namespace tributary::odata {
namespace {

using http::test::ListServer;
using table::test::at;
using table::test::Configured;
using table::test::pulled;

/// Answers by path; `$metadata` is the captured one.
class Scripted {
  public:
    Scripted(const char* metadata,
             std::function<ListServer::Reply(const std::string&, const ListServer::Query&)> script)
        : metadata_(test::capture(metadata)),
          script_(std::move(script)),
          server_([this](const auto& path, const auto& query) {
              const std::lock_guard lock(mutex_);
              asked_.push_back(path);
              if (path.ends_with("$metadata")) return ListServer::Reply{.body = metadata_};
              if (path.ends_with("$count")) return ListServer::Reply{.body = "2"};
              return script_(path, query);
          }) {}
    std::string source() const { return "{url: '" + server_.url() + "'}"; }
    std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

  private:
    std::string metadata_;
    std::function<ListServer::Reply(const std::string&, const ListServer::Query&)> script_;
    std::mutex mutex_;
    std::vector<std::string> asked_;
    ListServer server_;
};

const char* const orders =
    "{set: SRV/A_SalesOrder, key: [SalesOrder], include: {lines: {field: to_Item, key: [SalesOrderItem]}}}";

TEST_CASE("an order that came with a part of its items gets the others, from wherever the link leads",
          "[odata][answers]") {
    const bool old = GENERATE(true, false);
    Scripted service(
        old ? "v2_metadata.xml" : "v4_metadata.xml", [&](const auto& path, const auto& query) -> ListServer::Reply {
            const auto wrapped = [&](const std::string& rows, const std::string& link) {
                if (old)
                    return "{\"d\":{\"results\":[" + rows + "]" + (link.empty() ? "" : ",\"__next\":\"" + link + "\"") +
                           "}}";
                return "{\"value\":[" + rows + "]" + (link.empty() ? "" : ",\"@odata.nextLink\":\"" + link + "\"") +
                       "}";
            };
            if (path == "/SRV/A_SalesOrder('1')/to_Item") {
                const std::string token = query.at("$skiptoken");
                if (token == "a b+c")
                    return {200, wrapped(R"({"SalesOrderItem":"20"})",
                                         "http://localhost:1/SRV/A_SalesOrder('1')/to_Item?$skiptoken=2")};
                return {200, wrapped(R"({"SalesOrderItem":"30"})", "")};
            }
            if (query.contains("$filter")) return {200, wrapped("", "")};
            const std::string link = "http://sap.internal:8000/SRV/A_SalesOrder('1')/to_Item?$skiptoken=a%20b%2Bc";
            if (old)
                return {200, wrapped(R"({"SalesOrder":"1","to_Item":{"results":[{"SalesOrderItem":"10"}],"__next":")" +
                                         link + R"("}})",
                                     "")};
            return {200, wrapped(R"({"SalesOrder":"1","to_Item":[{"SalesOrderItem":"10"}],"to_Item@odata.nextLink":")" +
                                     link + R"("})",
                                 "")};
        });
    Configured configured(connector(), service.source(), orders);
    const Batch batch = pulled(*configured.open(), {});
    REQUIRE(batch.rows.size() == 1);
    const Value lines = at(batch.rows.front(), "lines");
    REQUIRE(lines.kind == Kind::list);
    std::string items;
    for (const Value& line : lines.items())
        items += std::string(line.object->values[line.object->shape->find("SalesOrderItem")].view()) + " ";
    CHECK(items == "10 20 30 ");
}

TEST_CASE("services of the first version answer with a list alone", "[odata][answers]") {
    Scripted service("v2_metadata.xml", [](const auto&, const auto& query) -> ListServer::Reply {
        return {200, query.contains("$filter") ? R"({"d":[]})" : R"({"d":[{"SalesOrder":"1"},{"SalesOrder":"2"}]})"};
    });
    Configured configured(connector(), service.source(), "{set: SRV/A_SalesOrder, key: [SalesOrder]}");
    CHECK(pulled(*configured.open(), {}).rows.size() == 2);
}

TEST_CASE("what a service refuses is told in its own words, and judged by its status", "[odata][answers]") {
    struct Case {
        int status;
        const char* body;
        const char* code;
        Verdict verdict;
        const char* words;
    };
    const Case one =
        GENERATE(Case{400, R"({"error":{"code":"SY/530","message":{"lang":"en","value":"Invalid token"}}})",
                      "bad_request", Verdict::stop, "SY/530: Invalid token"},
                 Case{403, R"({"error":{"code":"/IWFND/MED/170","message":{"lang":"en","value":"No service found"}}})",
                      "no_right", Verdict::stop, "No service found"},
                 Case{404, "<html><h1>404</h1></html>", "not_found", Verdict::stop, "<h1>404"},
                 Case{500, R"({"odata.error":{"code":"-1","message":{"lang":"ru","value":"Конфликт блокировок"}}})",
                      "server_failed", Verdict::retry, "Конфликт блокировок"},
                 Case{503, "", "server_failed", Verdict::retry, "503"},
                 Case{200, R"({"error":{"code":"x","message":"it broke on the way"}})", "source_error", Verdict::retry,
                      "it broke on the way"},
                 Case{200, R"({"d":{"SalesOrder":"1"}})", "rows_not_found", Verdict::stop, "no rows"},
                 Case{200, "<html>Log in</html>", "not_json", Verdict::retry, "Log in"});
    INFO(one.status << ' ' << one.body);
    Scripted service("v2_metadata.xml", [&](const auto&, const auto&) -> ListServer::Reply {
        return {one.status, one.body};
    });
    Configured configured(connector(), service.source(), "{set: SRV/A_SalesOrder, key: [SalesOrder]}");
    const auto batch = configured.open()->pull({}, {}, {});
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == one.code);
    CHECK(batch.error().verdict == one.verdict);
    INFO(batch.error().what);
    CHECK(batch.error().what.find(one.words) != std::string::npos);
    if (one.status != 200) CHECK(batch.error().what.find("GET /SRV/A_SalesOrder answered") == 0);
}

TEST_CASE("a server that does not do what a filter says is not read for ever", "[odata][answers]") {
    Scripted service("v4_metadata.xml", [](const auto&, const auto&) -> ListServer::Reply {
        return {200,
                R"({"value":[{"SalesOrder":"1"},{"SalesOrder":"2"}],"@odata.nextLink":"A_SalesOrder?$skiptoken=2"})"};
    });
    Configured configured(connector(), service.source(), "{set: SRV/A_SalesOrder, key: [SalesOrder]}");
    const auto feed = configured.open();
    const Batch first = pulled(*feed, {});
    CHECK(first.rows.size() == 2);
    const auto second = feed->pull(first.next, {}, {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == "filter_ignored");
    CHECK(second.error().verdict == Verdict::stop);
}

TEST_CASE("streams of a source ask for the metadata of their service once", "[odata][answers]") {
    Scripted service("v4_metadata.xml", [](const auto&, const auto&) -> ListServer::Reply {
        return {200, R"({"value":[]})"};
    });
    Diagnostics diagnostics;
    const Connector* const connectors[] = {&connector()};
    const std::string stream = ", key: [SalesOrder], entity: sales_order, fields: {number: SalesOrder}}";
    const auto configuration = Configuration::parse(
        "tenant: t\ninstance: i\nstate: {directory: s}\nkafka: {brokers: embedded, topic_prefix: p}\nsources:\n  "
        "sap:\n    "
        "connector: odata\n    url: '" +
            service.source().substr(7, service.source().size() - 9) +
            "'\n    streams:\n      a: {space: a, identity: [SalesOrder], set: SRV/A_SalesOrder" + stream +
            "\n      b: {space: b, identity: [SalesOrder], set: SRV/A_SalesOrderItem" + stream + "\n",
        "test.yaml", connectors, [](std::string_view) { return std::nullopt; }, diagnostics);
    INFO(diagnostics.text());
    REQUIRE_FALSE(diagnostics.has_errors());
    Source& source = *configuration->sources.front().source;
    (void)pulled(*source.open(0), {});
    (void)pulled(*source.open(1), {});
    const auto asked = service.asked();
    CHECK(std::ranges::count(asked, "/SRV/$metadata") == 1);
}

TEST_CASE("rows are searched by what they hold", "[odata][answers]") {
    std::string filter;
    Scripted service("v4_metadata.xml", [&](const auto&, const auto& query) -> ListServer::Reply {
        filter = query.contains("$filter") ? query.at("$filter") : "";
        return {200, R"({"value":[{"SalesOrder":"1","SoldToParty":"17100001"}]})"};
    });
    Configured configured(connector(), service.source(), "{set: SRV/A_SalesOrder, key: [SalesOrder]}",
                          {"SoldToParty", "TotalNetAmount"});
    const auto feed = configured.open();
    const auto found = feed->search(0, {{"SoldToParty"}, {{"17100001"}, {"it's"}}}, {}, {}, {});
    REQUIRE(found);
    CHECK(found->rows.size() == 1);
    CHECK(filter == "((SoldToParty eq '17100001') or (SoldToParty eq 'it''s'))");
    const auto amounts = feed->search(0, {{"TotalNetAmount"}, {{"12.5"}}}, {}, {}, {});
    REQUIRE_FALSE(amounts);
    CHECK(amounts.error().verdict == Verdict::stop);
}

}  // namespace
}  // namespace tributary::odata
