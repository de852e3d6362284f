#include "connectors/kit/table/drift.hpp"

#include <catch2/catch.hpp>

namespace tributary::table {

TEST_CASE("columns that come, go or change their type are told, until they are as they were", "[table]") {
    const std::vector<ColumnType> before{{"id", "bigint"}, {"note", "text"}, {"total", "numeric(12,2)"}};
    Drift drift;
    drift.saw("shop.orders", before);
    drift.saw("shop.line", {{"no", "integer"}});
    CHECK_FALSE(drift.condition());
    drift.saw("shop.orders", {{"total", "text"}, {"id", "bigint"}, {"extra", "integer"}});
    const auto condition = drift.condition();
    REQUIRE(condition);
    CHECK(condition->code == "schema_drift");
    CHECK(condition->what ==
          "columns of shop.orders have changed while the stream runs: 'total' is text, was numeric(12,2), 'extra' "
          "(integer) is new, 'note' (text) is gone; reload the configuration when the mapping fits them");
    drift.saw("shop.orders", before);
    CHECK_FALSE(drift.condition());
}

TEST_CASE("of a query the names of columns are known, not their types", "[table]") {
    Drift drift;
    drift.saw("the query of 'orders'", {{"id", ""}});
    drift.saw("the query of 'orders'", {{"id", ""}, {"extra", ""}});
    REQUIRE(drift.condition());
    CHECK(drift.condition()->what.find("'extra' is new") != std::string::npos);
}

}  // namespace tributary::table
