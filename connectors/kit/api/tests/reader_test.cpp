#include "connectors/kit/api/reader.hpp"
#include "connectors/kit/api/known_names.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/table/feed.hpp"
#include "connectors/kit/table/tests/configured.hpp"

namespace tributary::api {
namespace {

using table::test::at;
using table::test::pulled;

/// An API in memory: orders by id, each with its stamp and those of its lines, as JSON that an answer would hold.
struct Order {
    std::int64_t stamp = 0;
    std::int64_t line_stamp = 0;
    std::string json;
};
struct Server {
    std::map<std::int64_t, Order> orders;
    std::vector<Question> asked = {};
    std::string lines = {};  ///< All there are, as a JSON list.
    std::size_t most_parents = 100;
    std::vector<ChildQuestion> asked_children = {};
    bool refuses = false;
    int described = 0;
    std::int64_t clock = 1'000'000'000;
};

class FakeReader : public ApiReader {
  public:
    FakeReader(Server& server, table::Definition definition, bool nests)
        : ApiReader(std::move(definition)), server_(server), nests_(nests) {}

  protected:
    Result<Metadata> describe(const std::string& object, std::stop_token) override {
        ++server_.described;
        clock().saw(server_.clock);
        if (object == "order")
            return Metadata{
                .found = true,
                .fields = {{"id", "integer"},
                           {"stamp", "timestamp"},
                           {"party", "many2one", "party"},
                           {.name = "lines", .type = "one2many", .target = "line", .inverse = "order", .many = true}}};
        if (object == "party") return Metadata{.found = true, .fields = {{"id"}, {"code"}, {"name"}}};
        if (object == "line")
            return Metadata{.found = true,
                            .fields = {{"id"}, {"order"}, {"stamp"}, {"quantity"}, {"product", "", "product"}}};
        if (object == "secret") return Metadata{.found = true, .readable = false};
        return Metadata{.others = {"order", "party"}};
    }

    Result<Answer> ask(const Question& question, const Feed::Limits&, Arena& arena, std::stop_token) override {
        server_.asked.push_back(question);
        clock().saw(server_.clock);
        if (server_.refuses) return fail(Verdict::stop, "refused", "no such field");
        const auto behind = question.behind.empty() ? 0 : std::stoll(question.behind.front().text);
        Answer answer;
        for (auto& [id, order] : server_.orders) {
            if (id <= behind || answer.rows.size() == question.rows) continue;
            const auto stamp = question.touched != nullptr ? order.line_stamp : order.stamp;
            if (question.since && stamp < *question.since) continue;
            if (!question.keys.empty() &&
                std::ranges::find(question.keys, std::vector{std::to_string(id)}) == question.keys.end())
                continue;
            answer.rows.push_back(decoded(order.json, arena));
        }
        answer.shapes = decoder_.take_shapes();
        return answer;
    }

    Result<Answer> ask_children(const ChildQuestion& question, Arena& arena, std::stop_token) override {
        server_.asked_children.push_back(question);
        Answer answer;
        const Value list = decoded(server_.lines, arena);
        for (const Value& line : list.items()) {
            const std::vector parent{walk::mark_of(*http::find_in(line, {"order"}))};
            if (std::ranges::find(question.parents, parent) != question.parents.end()) answer.rows.push_back(line);
        }
        answer.shapes = decoder_.take_shapes();
        return answer;
    }
    std::size_t most_parents() const override { return server_.most_parents; }

    bool nested(const table::Include&) const override { return nests_; }
    std::string_view noun() const override { return "model"; }
    std::string_view remedy() const override { return "add the user to its group"; }

  private:
    Value decoded(const std::string& json, Arena& arena) {
        std::string text(arena.copy(json));
        char* const copy = arena.allocate(text.size() + 1);
        std::ranges::copy(text, copy);
        return *decoder_.decode({copy, text.size()}, arena);
    }

    Server& server_;
    bool nests_;
    http::JsonDecoder decoder_;
};

table::Definition orders() {
    table::Definition definition{.stream = "orders",
                                 .table = "order",
                                 .query = {},
                                 .where = {},
                                 .key = {"id"},
                                 .watermark = table::Watermark{.column = "stamp", .overlap = {}},
                                 .max_hold = {},
                                 .includes = {},
                                 .columns = {"party"},
                                 .time_zone = {}};
    definition.paths = {"party.code", "party.name"};
    definition.rounds_by_key = true;
    return definition;
}

table::Definition with_lines() {
    table::Definition definition = orders();
    definition.includes.push_back({.name = "items",
                                   .table = {},
                                   .on = {},
                                   .key = {"id"},
                                   .columns = {"quantity", "product"},
                                   .watermark = table::Watermark{.column = "stamp", .overlap = {}},
                                   .field = "lines"});
    definition.paths.insert(definition.paths.end(), {"items.quantity", "items.product.code"});
    return definition;
}

std::unique_ptr<table::TableFeed> feed_of(Server& server, table::Definition definition, bool nests = true) {
    auto reader = std::make_unique<FakeReader>(server, definition, nests);
    return std::make_unique<table::TableFeed>(std::move(definition), std::move(reader));
}

std::string order_json(int id, const std::string& more = {}) {
    return R"({"party":{"name":"Ada","code":"A1"},"id":)" + std::to_string(id) + more + "}";
}

TEST_CASE("an API is asked for paths to their ends, by key, and gives objects where paths go into them", "[api]") {
    Server server{.orders = {{1, {5, 0, order_json(1)}}, {2, {5, 0, order_json(2)}}, {3, {5, 0, order_json(3)}}}};
    const auto feed = feed_of(server, orders());
    const Batch first = pulled(*feed, {}, {.rows = 2});
    REQUIRE(first.rows.size() == 2);
    CHECK(first.cause == Cause::load);
    CHECK(server.asked.front().fields == std::vector<std::string>{"id", "stamp", "party.code", "party.name"});
    const Value party = at(first.rows[1], "party");
    REQUIRE(party.kind == Kind::object);
    CHECK(party.object->values[party.object->shape->find("code")].view() == "A1");
    CHECK(at(first.rows[0], "stamp").is_null());
    const Batch second = pulled(*feed, first.next, {.rows = 2});
    CHECK(second.rows.size() == 1);
    CHECK(server.asked.back().behind == std::vector<walk::Mark>{{Kind::integer, "2"}});
}

TEST_CASE("a poll asks for what was stamped since, page after page by key, with the bound on each", "[api]") {
    Server server{.orders = {{1, {5, 0, order_json(1)}},
                             {2, {900'000'000, 0, order_json(2)}},
                             {3, {2'000'000'000, 0, order_json(3)}},
                             {4, {2'000'000'000, 0, order_json(4)}}}};
    const auto feed = feed_of(server, orders());
    Position position = pulled(*feed, {}).next;
    server.clock = 2'000'000'000;
    const Batch page = pulled(*feed, position, {.rows = 2});
    const Batch rest = pulled(*feed, page.next, {.rows = 2});
    // The load began at 1000 s and some microseconds, and untrusted sources are read back for 60 s.
    REQUIRE(server.asked[1].since);
    CHECK(*server.asked[1].since >= 940'000'000);
    CHECK(*server.asked[1].since < 950'000'000);
    CHECK(server.asked[2].since == server.asked[1].since);
    REQUIRE(page.rows.size() == 2);
    CHECK(page.rows[0].key[0].integer == 3);
    CHECK(rest.rows.empty());
    CHECK_FALSE(rest.more);
}

TEST_CASE("children that come nested are sorted by key and found by their own stamps", "[api]") {
    const std::string lines =
        R"(,"lines":[{"id":12,"quantity":2,"stamp":7},{"quantity":1,"id":9,"product":{"code":"P"}}])";
    Server server{.orders = {{1, {5, 5, order_json(1, lines)}}, {2, {5, 5, order_json(2, R"(,"lines":[])")}}}};
    const auto feed = feed_of(server, with_lines());
    const Batch load = pulled(*feed, {});
    CHECK(server.asked.front().fields == std::vector<std::string>{"id", "stamp", "party.code", "party.name", "lines.id",
                                                                  "lines.stamp", "lines.quantity",
                                                                  "lines.product.code"});
    const Value items = at(load.rows[0], "items");
    REQUIRE(items.size == 2);
    const Object& nine = *items.items()[0].object;
    CHECK(nine.values[nine.shape->find("id")].integer == 9);
    CHECK(nine.values[nine.shape->find("product")].kind == Kind::object);
    CHECK(at(load.rows[1], "items").size == 0);
    server.orders[2].line_stamp = server.clock;
    const Batch poll = pulled(*feed, load.next);
    REQUIRE(poll.rows.size() == 1);
    CHECK(poll.rows[0].key[0].integer == 2);
    CHECK(server.asked.back().touched->field == "lines");
}

TEST_CASE("a listing of keys asks for no more than tells versions, which change with the children", "[api]") {
    Server server{.orders = {{1, {5, 5, order_json(1, R"(,"lines":[{"id":1,"stamp":7}])")}}}};
    const auto feed = feed_of(server, with_lines());
    const auto before = feed->keys(0, "", 10, {});
    REQUIRE(before);
    CHECK(server.asked.front().fields == std::vector<std::string>{"id", "stamp", "lines.id", "lines.stamp"});
    server.orders[1].json = order_json(1, R"(,"lines":[{"id":1,"stamp":8}])");
    const auto after = feed->keys(0, "", 10, {});
    CHECK(before->front().version != after->front().version);
}

TEST_CASE("children that are asked for by themselves come in one request and go to their parents", "[api]") {
    Server server{.orders = {{1, {5, 5, order_json(1)}}, {2, {5, 5, order_json(2)}}},
                  .lines = R"([{"order":2,"id":3},{"order":1,"id":2},{"order":2,"id":1},{"order":7,"id":9}])"};
    const auto feed = feed_of(server, with_lines(), false);
    const Batch load = pulled(*feed, {});
    REQUIRE(server.asked_children.size() == 1);
    CHECK(server.asked_children[0].object == "line");
    CHECK(server.asked_children[0].parents ==
          std::vector<std::vector<walk::Mark>>{{{Kind::integer, "1"}}, {{Kind::integer, "2"}}});
    CHECK(server.asked_children[0].fields ==
          std::vector<std::string>{"order", "id", "stamp", "quantity", "product.code"});
    CHECK(at(load.rows[0], "items").size == 1);
    const Value items = at(load.rows[1], "items");
    REQUIRE(items.size == 2);
    CHECK(items.items()[0].object->values[1].integer == 1);
}

TEST_CASE("children are asked for some parents at a time", "[api]") {
    Server server{.orders = {{1, {5, 5, order_json(1)}}, {2, {5, 5, order_json(2)}}, {3, {5, 5, order_json(3)}}},
                  .lines = R"([{"order":2,"id":3},{"order":3,"id":2},{"order":1,"id":4},{"order":3,"id":1}])",
                  .most_parents = 2};
    const auto feed = feed_of(server, with_lines(), false);
    const Batch load = pulled(*feed, {});
    REQUIRE(server.asked_children.size() == 2);
    CHECK(server.asked_children[0].parents.size() == 2);
    CHECK(server.asked_children[1].parents == std::vector<std::vector<walk::Mark>>{{{Kind::integer, "3"}}});
    for (std::size_t i = 0; i < 3; ++i) CHECK(at(load.rows[i], "items").size == (i < 2 ? 1 : 2));
}

TEST_CASE("a refused request makes the metadata be asked for again", "[api]") {
    Server server{.orders = {{1, {5, 0, order_json(1)}}}};
    const auto feed = feed_of(server, orders());
    pulled(*feed, {});
    const int described = server.described;
    pulled(*feed, {});
    CHECK(server.described == described);
    server.refuses = true;
    CHECK_FALSE(feed->pull({}, {}, {}));
    server.refuses = false;
    pulled(*feed, {});
    CHECK(server.described > described);
}

std::string found_by_check(Feed& feed, std::vector<std::string> columns) {
    std::string all;
    const auto findings = feed.check(0, columns, {});
    if (!findings) return findings.error().what;
    for (const Finding& finding : *findings)
        if (finding.severity == Severity::error) all += finding.column + ": " + finding.message + "\n";
    return all;
}

TEST_CASE("a check follows paths to where they end and says what was meant", "[api]") {
    Server server;
    table::Definition definition = with_lines();
    definition.paths = {"party.cod", "party", "items.quantity"};
    CHECK(
        found_by_check(*feed_of(server, definition), {"party"}) ==
        "party.cod: party.cod: no field 'cod' in party, did you mean 'code'?\n"
        "party: 'party' is read as a value and, by 'party.cod', as what it leads to: read its key by a path as well\n");
    definition.includes.front().field = "line";
    CHECK_THAT(found_by_check(*feed_of(server, definition), {}),
               Catch::Contains("items.line: no field 'line' of order, did you mean 'lines'?"));
    definition.includes.front().field = "stamp";
    CHECK_THAT(found_by_check(*feed_of(server, definition), {}),
               Catch::Contains("items.stamp: no field that leads to children and is called 'stamp' of order"));
    definition.table = "ordr";
    CHECK_THAT(found_by_check(*feed_of(server, definition), {}),
               Catch::StartsWith("ordr: no model 'ordr', did you mean 'order'?"));
    definition.table = "secret";
    CHECK_THAT(found_by_check(*feed_of(server, definition), {}),
               Catch::StartsWith("secret: no right to read 'secret': add the user to its group"));
}

TEST_CASE("names that ready mappings read are known where the source tells none", "[api]") {
    const std::array<EmbeddedFile, 2> mappings{
        {{"a", "stream:\n  model: sale.order   # a comment\n  include:\n    x: {model: res.users, key: [id]}\n"},
         {"b", "stream:\n  model: sale.order\n  supermodel: none\n"}}};
    CHECK(names_read(mappings, "model") == std::vector<std::string>{"sale.order", "res.users"});
}

TEST_CASE("the source's clock goes on between its answers and never ahead of what it showed", "[api]") {
    SourceClock clock;
    const auto start = std::chrono::steady_clock::time_point{};
    CHECK_FALSE(clock.read(start));
    clock.saw(5'000'000, start);
    clock.saw(no_time, start + std::chrono::seconds(1));
    CHECK(clock.read(start + std::chrono::seconds(3)) == 8'000'000);
}

}  // namespace
}  // namespace tributary::api
