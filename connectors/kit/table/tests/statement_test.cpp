#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "connectors/kit/table/include.hpp"
#include "connectors/kit/table/local_time.hpp"
#include "connectors/kit/table/statement.hpp"

namespace tributary::table {
namespace {

class PlainWriter : public SqlWriter {
  public:
    std::string identifier(std::string_view name) override { return "<" + std::string(name) + ">"; }
    std::string value(const walk::Mark& mark) override { return "'" + mark.text + "'"; }
    std::string moment(std::int64_t micros, std::size_t whose) override {
        return "@" + std::to_string(micros) + (whose == own ? "" : "/" + std::to_string(whose));
    }
};

Definition orders() {
    Definition definition;
    definition.stream = "orders";
    definition.table = "shop.orders";
    definition.key = {"region", "id"};
    definition.watermark = Watermark{.column = "changed", .overlap = {}, .by_application = false};
    definition.columns = {"total", "id"};
    return definition;
}

const std::vector<std::string> available{"id", "region", "total", "changed", "note"};

std::string page(const walk::PageRequest& request) {
    PlainWriter sql;
    const auto selection = select(orders(), available);
    REQUIRE(selection);
    return page_statement(orders(), *selection, request, 10, sql);
}

const std::string selected = "select r.<region>, r.<id>, r.<changed>, r.<total> from <shop>.<orders> as r where ";
const std::string keyed = "r.<region> is not null and r.<id> is not null ";

TEST_CASE("a page of a load continues behind the whole key", "[table]") {
    CHECK(page({}) == selected + keyed + "order by r.<region>, r.<id> limit 10");
    CHECK(page({.after = {{Kind::text, "n"}, {Kind::integer, "7"}}}) ==
          selected + "(r.<region>, r.<id>) > ('n', '7') and " + keyed + "order by r.<region>, r.<id> limit 10");
}

TEST_CASE("a page of a round begins at the bound itself and continues behind watermark and key", "[table]") {
    CHECK(page({.by_watermark = true, .from = 5}) ==
          selected + "r.<changed> >= @5 and " + keyed + "order by r.<changed>, r.<region>, r.<id> limit 10");
    CHECK(page({.by_watermark = true, .after = {{Kind::instant, "t"}, {Kind::text, "n"}, {Kind::integer, "7"}}}) ==
          selected + "(r.<changed>, r.<region>, r.<id>) > ('t', 'n', '7') and " + keyed +
              "order by r.<changed>, r.<region>, r.<id> limit 10");
}

TEST_CASE("rows are sought by values of their columns and of their children's, each table by itself", "[table]") {
    Definition definition = orders();
    definition.includes = {{.name = "lines", .table = "line", .on = {{"order_id", "id"}}, .key = {}, .columns = {}}};
    PlainWriter sql;
    const auto selection = select(orders(), available);
    const auto sought = [&](std::vector<walk::Sought> by) {
        const std::string statement = page_statement(definition, *selection, {.sought = std::move(by)}, 10, sql);
        REQUIRE(statement.starts_with(selected));
        const std::size_t end = statement.find(" and " + keyed);
        REQUIRE(end != std::string::npos);
        return statement.substr(selected.size(), end - selected.size());
    };
    CHECK(sought({{{}, {{"total", 3}}, {{"1"}, {"2"}}}}) == "r.<total> in ('1', '2')");
    CHECK(sought({{{}, {{"region", 0}, {"total", 3}}, {{"n", "1"}, {"s", "2"}}}}) ==
          "((r.<region> in ('n') and r.<total> in ('1')) or (r.<region> in ('s') and r.<total> in ('2')))");
    CHECK(sought({{{}, {{"region", 0}}, {{"n"}}}, {0, {{"code", 1}}, {{"a"}}}}) ==
          "r.<region> in ('n') and r.<id> in (select c.<order_id> from <line> as c where c.<code> in ('a'))");
    CHECK(SqlWriter::in_list("r.a", {}) == "1 = 0");
}

TEST_CASE("only what is a number may stand in a statement without quotes", "[table]") {
    for (const char* number : {"0", "-1", "42", "18446744073709551615", "-0.25"}) CHECK(is_number_text(number));
    for (const char* other : {"", "-", "--1", "1--", "+1", "1-2", "1.", ".5", "1e5", " 1", "1 ", "0x1", "N30", "1.2.3"})
        CHECK_FALSE(is_number_text(other));
}

TEST_CASE("rows without a key come by a request of their own, within the same bound", "[table]") {
    const walk::TableWalk walk({.watermark = true});
    const walk::TablePosition round{
        .phase = walk::Phase::poll, .at = {{Kind::instant, "t"}, {Kind::text, "n"}}, .in_round = true, .from = 5};
    CHECK(page(walk.keyless_page(round)) == selected + "r.<changed> >= @5 and (r.<region> is null or r.<id> is null) " +
                                                "order by r.<changed>, r.<region>, r.<id> limit 10");
    CHECK(page(walk.keyless_page({.phase = walk::Phase::load})) ==
          selected + "(r.<region> is null or r.<id> is null) order by r.<region>, r.<id> limit 10");
}

TEST_CASE("a condition on the rows stands in brackets inside of what is read", "[table]") {
    PlainWriter sql;
    Definition definition = orders();
    definition.where = "a = 1 or b = 2 -- both\n; ";
    CHECK(relation(definition, sql) == "(select * from <shop>.<orders> where (a = 1 or b = 2 -- both\n))");
    definition.table.clear();
    definition.query = "select 1;";
    CHECK(relation(definition, sql) == "(select * from (select 1\n) as q where (a = 1 or b = 2 -- both\n))");
}

TEST_CASE("rows are asked for by their whole keys, and the columns that are read stay the same", "[table]") {
    CHECK(page({.keys = {{"n", "7"}, {"s", "8"}}}) ==
          selected + "((r.<region> in ('n') and r.<id> in ('7')) or (r.<region> in ('s') and r.<id> in ('8'))) and " +
              keyed + "order by r.<region>, r.<id> limit 10");
    PlainWriter sql;
    Definition one = orders();
    one.key = {"id"};
    const auto selection = select(one, available);
    REQUIRE(selection);
    CHECK(page_statement(one, *selection, {.keys = {{"7"}, {"8"}}}, 10, sql).find("where r.<id> in ('7', '8') and") !=
          std::string::npos);
}

TEST_CASE("rows whose children have changed are asked for by the children's own watermark", "[table]") {
    Definition definition = orders();
    definition.includes = {{.name = "notes", .table = "note", .on = {{"order", "id"}}, .key = {"no"}, .columns = {}},
                           {.name = "lines",
                            .table = "shop.line",
                            .on = {{"area", "region"}, {"order", "id"}},
                            .key = {"no"},
                            .columns = {}}};
    definition.includes[1].watermark = Watermark{.column = "stamp", .overlap = {}, .by_application = false};
    PlainWriter sql;
    const auto selection = select(definition, available);
    REQUIRE(selection);
    CHECK(page_statement(definition, *selection,
                         {.from = 5, .after = {{Kind::text, "n"}, {Kind::integer, "7"}}, .touched_by = 0}, 10, sql) ==
          selected + "(r.<region>, r.<id>) in (select c.<area>, c.<order> from <shop>.<line> as c where " +
              "c.<stamp> >= @5/2) and (r.<region>, r.<id>) > ('n', '7') and " + keyed +
              "order by r.<region>, r.<id> limit 10");
}

TEST_CASE("a listing of keys reads the key, and the watermark where there is one", "[table]") {
    PlainWriter sql;
    Definition definition = orders();
    const bool marked = GENERATE(true, false);
    if (!marked) definition.watermark.reset();
    const auto selection = select(definition, available);
    REQUIRE(selection);
    CHECK(key_statement(definition, *selection, {.after = {{Kind::text, "n"}, {Kind::integer, "7"}}}, 10, sql) ==
          "select r.<region>, r.<id>" + std::string(marked ? ", r.<changed>" : "") +
              " from <shop>.<orders> as r where (r.<region>, r.<id>) > ('n', '7') and " + keyed +
              "order by r.<region>, r.<id> limit 10");
}

TEST_CASE("a query stands in brackets, whatever its last line is", "[table]") {
    PlainWriter sql;
    Definition definition = orders();
    definition.table.clear();
    definition.query = "select 1 -- one\n ; ";
    CHECK(relation(definition, sql) == "(select 1 -- one\n)");
}

TEST_CASE("a part of a table's name that needs quotes reads as what it was", "[table][discover]") {
    for (const std::string name : {"plain", "with.dot", "with\"quote", "\"", "", "Заказы", "a b"}) {
        CHECK(table::name_parts(table::name_part(name)) == std::vector<std::string>{name});
        CHECK(table::name_parts("s." + table::name_part(name)) == std::vector<std::string>{"s", name});
    }
}

TEST_CASE("a quoted part of a table's name may hold a dot", "[table]") {
    PlainWriter sql;
    CHECK(table_name("a.b", sql) == "<a>.<b>");
    CHECK(table_name("\"a.b\".c", sql) == "<a.b>.<c>");
}

TEST_CASE("every missing column is named with a suggestion", "[table]") {
    Definition definition = orders();
    definition.columns = {"totl", "nothing_like_it"};
    const auto selection = select(definition, available);
    REQUIRE_FALSE(selection);
    CHECK(selection.error().verdict == Verdict::stop);
    CHECK(selection.error().what ==
          "no column 'totl' in shop.orders, did you mean 'total'?; no column 'nothing_like_it' in shop.orders");
}

TEST_CASE("without a mapping's columns all are selected, the key first", "[table]") {
    Definition definition = orders();
    definition.columns.clear();
    const auto selection = select(definition, available);
    REQUIRE(selection);
    CHECK(selection->columns == std::vector<std::string>{"region", "id", "changed", "total", "note"});
    CHECK(selection->key_size == 2);
}

constexpr std::int64_t hour = 3'600'000'000;
constexpr std::int64_t october_25_2026 = 1'792'886'400'000'000;  ///< 00:00 UTC; Warsaw goes back from 3 to 2 at 01:00.

TEST_CASE("the hour an autumn night shows twice is taken at its first time", "[table]") {
    auto zone = LocalTime::of("Europe/Warsaw");
    REQUIRE(zone);
    CHECK(zone->to_utc(october_25_2026 + 2 * hour + hour / 2) == october_25_2026 + hour / 2);
    CHECK(zone->to_utc(october_25_2026 + 3 * hour) == october_25_2026 + 2 * hour);
    CHECK(zone->to_utc(october_25_2026 + hour) == october_25_2026 - hour);
}

TEST_CASE("a wall clock that spring skipped moves forward by what was skipped", "[table]") {
    auto zone = LocalTime::of("Europe/Warsaw");
    REQUIRE(zone);
    constexpr std::int64_t march_29_2026 = 1'774'742'400'000'000;
    CHECK(zone->to_utc(march_29_2026 + 2 * hour + hour / 2) == march_29_2026 + hour + hour / 2);
}

TEST_CASE("the earliest wall clock from a moment on foresees that clocks are set back", "[table]") {
    const auto zone = LocalTime::of("Europe/Warsaw");
    REQUIRE(zone);
    CHECK(zone->earliest_from(october_25_2026 + hour / 2) == october_25_2026 + hour + hour / 2);
    CHECK(zone->earliest_from(october_25_2026 + 12 * hour) == october_25_2026 + 13 * hour);
    CHECK(zone->earliest_from(october_25_2026 - 12 * hour) == october_25_2026 - 10 * hour);
}

TEST_CASE("a zone nobody knows is refused", "[table]") {
    const auto zone = LocalTime::of("Europe/Atlantis");
    REQUIRE_FALSE(zone);
    CHECK(zone.error().what.find("Europe/Atlantis") != std::string::npos);
}

TEST_CASE("children are attached to the parents they belong to", "[table]") {
    Arena arena;
    Page parents;
    for (int i = 0; i < 4; ++i) parents.rows.push_back(arena.array<Value>(1).data());
    Children children;
    children.shape = std::make_shared<const Shape>(Shape{{"n"}});
    for (const std::uint32_t parent : {1U, 1U, 3U}) {
        children.rows.push_back(arena.array<Value>(1).data());
        children.parents.push_back(parent);
    }
    attach(children, 0, parents, arena);
    CHECK(parents.rows[0][0].kind == Kind::list);
    CHECK(parents.rows[0][0].size == 0);
    CHECK(parents.rows[1][0].size == 2);
    CHECK(parents.rows[2][0].size == 0);
    CHECK(parents.rows[3][0].items()[0].object->values == children.rows[2]);
    attach_one(children, 0, parents, arena);
    CHECK(parents.rows[0][0].is_null());
    CHECK(parents.rows[1][0].object->values == children.rows[0]);
}

TEST_CASE("children that hold enough end with their last whole parent, and the first is always whole", "[table]") {
    Children children;
    const Value row;
    CHECK(children.take(0, &row, false));
    CHECK(children.take(0, &row, true));
    CHECK(children.take(2, &row, false));
    CHECK(children.take(3, &row, false));
    CHECK_FALSE(children.take(3, &row, true));
    CHECK(children.complete == 3);
    CHECK(children.parents == std::vector<std::uint32_t>{0, 0, 2});
    CHECK(children.rows.size() == 3);
}

TEST_CASE("a family has another digest when a child comes, goes, moves or is stamped anew, and by nothing else",
          "[table]") {
    using Row = std::vector<Value>;
    const auto stamp = [](std::int64_t micros) { return Value::instant(micros); };
    // of two parents; the third column is none that a listing reads
    const auto digests = [](const std::vector<Row>& rows, const std::vector<std::uint32_t>& parents) {
        Children children;
        children.listed = 2;
        children.parents = parents;
        for (const Row& row : rows) children.rows.push_back(row.data());
        std::vector<std::uint64_t> all(2);
        add_to_digests(children, all);
        add_to_digests({}, all);  // another include, without children
        return all;
    };
    const std::vector<Row> two{{Value::text("a"), stamp(1), Value::null()},
                               {Value::text("b"), stamp(2), Value::null()}};
    const auto before = digests(two, {0, 0});
    auto changed = two;
    changed[1][2] = Value::text("unread");
    CHECK(digests(changed, {0, 0}) == before);
    changed[1][1] = stamp(3);
    CHECK(digests(changed, {0, 0})[0] != before[0]);
    CHECK(digests(changed, {0, 0})[1] == before[1]);
    changed = two;
    changed[1][0] = Value::text("c");
    CHECK(digests(changed, {0, 0})[0] != before[0]);
    CHECK(digests({two[0]}, {0})[0] != before[0]);
    const auto moved = digests(two, {0, 1});
    CHECK(moved[0] != before[0]);
    CHECK(moved[1] != before[1]);
}

}  // namespace
}  // namespace tributary::table
