#include "connectors/kit/discovery/proposal.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace tributary::discovery {
namespace {

using table::Catalogue;
using table::CatalogueColumn;
using table::CatalogueTable;
using table::ColumnKind;
using Names = std::vector<std::string>;

CatalogueColumn column(std::string name, ColumnKind kind = ColumnKind::text, bool nullable = false) {
    return {.name = std::move(name), .kind = kind, .type = "type", .nullable = nullable};
}

CatalogueTable table_of(std::string name, std::vector<CatalogueColumn> columns, Names key) {
    CatalogueTable table{.schema = "s", .name = std::move(name), .needs_schema = false};
    table.columns = std::move(columns);
    table.primary_key = key;
    if (!key.empty()) table.indexes.push_back({std::move(key), true});
    return table;
}

CatalogueTable customers() {
    return table_of("customers", {column("id", ColumnKind::integer), column("name"), column("email")}, {"id"});
}

CatalogueTable orders() {
    CatalogueTable table = table_of("orders",
                                    {column("id", ColumnKind::integer), column("order_no"),
                                     column("customer_id", ColumnKind::integer), column("total", ColumnKind::decimal)},
                                    {"id"});
    table.foreign_keys.push_back({{"customer_id"}, "s", "customers", {"id"}});
    return table;
}

CatalogueTable order_items() {
    CatalogueTable table = table_of("order_items",
                                    {column("order_id", ColumnKind::integer), column("line_no", ColumnKind::integer),
                                     column("qty", ColumnKind::decimal)},
                                    {"order_id", "line_no"});
    table.foreign_keys.push_back({{"order_id"}, "s", "orders", {"id"}});
    return table;
}

const StreamGuess& named(const std::vector<StreamGuess>& streams, std::string_view name) {
    const auto found = std::ranges::find(streams, name, &StreamGuess::name);
    REQUIRE(found != streams.end());
    return *found;
}

}  // namespace

TEST_CASE("the primary key names a row, else a unique index over columns that are never null", "[discover]") {
    CatalogueTable table = table_of("t", {column("a"), column("b", ColumnKind::text, true), column("c")}, {"a"});
    CHECK(guess_key(table).columns == Names{"a"});
    table.primary_key.clear();
    table.indexes = {{{"b"}, true}, {{"a", "c"}, true}, {{"a"}, false}};
    CHECK(guess_key(table).columns == Names{"a", "c"});
    CHECK_FALSE(guess_key(table).note.empty());
    table.indexes = {{{"b"}, true}};
    CHECK(guess_key(table).columns.empty());
    CHECK_THAT(guess_key(table).note, Catch::Contains("b"));
}

TEST_CASE("a key with a column that may not be read is none", "[discover]") {
    CatalogueTable table = table_of("t", {column("a")}, {"a", "hidden"});
    CHECK(guess_key(table).columns.empty());
}

TEST_CASE("a watermark is a time whose name says change, not creation", "[discover]") {
    CatalogueTable table = table_of("t",
                                    {column("created_at", ColumnKind::instant), column("valid_from", ColumnKind::date),
                                     column("updated_at", ColumnKind::instant, true), column("modified")},
                                    {});
    const auto guesses = guess_watermarks(table);
    REQUIRE(guesses.size() == 2);
    CHECK(guesses[0].column->name == "updated_at");
    CHECK(guesses[0].may_stay_empty());
    CHECK_FALSE(guesses[0].indexed);
    CHECK_FALSE(guesses[1].says_changes);
}

TEST_CASE("of two watermarks the one with an index comes first", "[discover]") {
    CatalogueTable table =
        table_of("t", {column("changed", ColumnKind::instant), column("modified_at", ColumnKind::instant)}, {});
    table.indexes.push_back({{"modified_at", "id"}, false});
    CHECK(guess_watermarks(table).front().column->name == "modified_at");
}

TEST_CASE("what the database itself stamps is a watermark under any name", "[discover]") {
    CatalogueTable table = table_of("t", {column("xyz", ColumnKind::instant)}, {});
    table.columns[0].stamped = true;
    REQUIRE(guess_watermarks(table).size() == 1);
    CHECK(guess_watermarks(table).front().says_changes);
}

TEST_CASE("orders refer to customers and carry their lines", "[discover]") {
    const Catalogue catalogue{.tables = {customers(), order_items(), orders()}};
    const auto streams = propose(catalogue);
    const StreamGuess& order = named(streams, "orders");
    CHECK(order.entity == "sales_order");
    CHECK(order.runs());
    REQUIRE(order.content.references.size() == 1);
    CHECK(order.content.references[0].entity == "customer");
    CHECK(order.content.references[0].note.empty());
    REQUIRE(order.lines.has_value());
    CHECK(order.lines->key == Names{"line_no"});
    CHECK(order.lines->on.front() == std::pair<std::string, std::string>("order_id", "id"));
    CHECK(named(streams, "order_items").read_with == "orders");
}

TEST_CASE("lines are followed by a watermark of their own where their parent has one", "[discover]") {
    Catalogue catalogue{.tables = {order_items(), orders()}};
    catalogue.tables[0].columns.push_back(column("updated_at", ColumnKind::instant));
    CHECK_FALSE(named(propose(catalogue), "orders").lines->watermark.has_value());
    catalogue.tables[1].columns.push_back(column("updated_at", ColumnKind::instant));
    CHECK(named(propose(catalogue), "orders").lines->watermark.has_value());
}

TEST_CASE("names stand in for foreign keys that nobody declared, and it is said", "[discover]") {
    Catalogue catalogue{.tables = {customers(), order_items(), orders()}};
    for (CatalogueTable& table : catalogue.tables) table.foreign_keys.clear();
    const auto streams = propose(catalogue);
    const StreamGuess& order = named(streams, "orders");
    REQUIRE(order.content.references.size() == 1);
    CHECK_FALSE(order.content.references[0].note.empty());
    REQUIRE(order.lines.has_value());
    CHECK_FALSE(order.lines->notes.empty());
}

TEST_CASE("a reference is a column that holds the key, not some other column of that name", "[discover]") {
    Catalogue catalogue{.tables = {customers(), orders()}};
    catalogue.tables[1].foreign_keys.clear();
    catalogue.tables[1].columns[2].kind = ColumnKind::text;
    CHECK(propose(catalogue)[1].content.references.empty());
}

TEST_CASE("an entity without what it requires does not run, and says why", "[discover]") {
    const Catalogue catalogue{
        .tables = {table_of("customers", {column("id"), column("email"), column("city")}, {"id"}),
                   table_of("stock", {column("sku"), column("qty", ColumnKind::decimal)}, {"sku"}),
                   table_of("products", {column("sku"), column("name"), column("unit")}, {})}};
    const auto streams = propose(catalogue);
    CHECK_THAT(named(streams, "customers").why_not, Catch::Contains("`name`"));
    CHECK_THAT(named(streams, "stock").why_not, Catch::Contains("`location`"));
    CHECK_THAT(named(streams, "products").why_not, Catch::Contains("`key`"));
    for (const StreamGuess& stream : streams) CHECK_FALSE(stream.runs());
}

TEST_CASE("where no column looks like a number, a key of one column stands in", "[discover]") {
    Catalogue catalogue{.tables = {customers(), orders()}};
    catalogue.tables[1].columns[1].name = "remark";
    CHECK(propose(catalogue)[1].runs());
    CHECK(propose(catalogue)[1].key_is_number);
}

TEST_CASE("a name alone makes no entity", "[discover]") {
    const Catalogue catalogue{.tables = {table_of("orders", {column("id"), column("blob")}, {"id"})}};
    CHECK(propose(catalogue).front().entity.empty());
}

TEST_CASE("two tables of one entity get spaces of their own; the one others point to keeps the source's",
          "[discover]") {
    CatalogueTable other = customers();
    other.name = "clients";
    const Catalogue catalogue{.tables = {other, customers(), orders()}};
    const auto streams = propose(catalogue);
    CHECK(named(streams, "clients").space == "clients");
    CHECK(named(streams, "customers").space.empty());
}

TEST_CASE("of two foreign keys to customers the one that is named plainly is the customer", "[discover]") {
    Catalogue catalogue{.tables = {customers(), orders()}};
    catalogue.tables[1].columns.push_back(column("payer", ColumnKind::integer));
    catalogue.tables[1].foreign_keys.insert(catalogue.tables[1].foreign_keys.begin(),
                                            {{"payer"}, "s", "customers", {"id"}});
    CHECK(propose(catalogue)[1].content.references.front().columns == Names{"customer_id"});
}

TEST_CASE("a word that most columns begin with says nothing", "[discover]") {
    const Catalogue catalogue{
        .tables = {table_of("customers", {column("xq_id"), column("xq_name"), column("xq_email")}, {"xq_id"})}};
    CHECK(propose(catalogue).front().runs());
}

TEST_CASE("a table that may not be read is told, not mapped", "[discover]") {
    Catalogue catalogue{.tables = {customers()}};
    catalogue.tables[0].readable = false;
    catalogue.tables[0].columns.clear();
    CHECK_FALSE(propose(catalogue).front().runs());
    CHECK_THAT(propose(catalogue).front().why_not, Catch::Contains("GRANT SELECT"));
}

}  // namespace tributary::discovery
