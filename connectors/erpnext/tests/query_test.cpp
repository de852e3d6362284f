#include "connectors/erpnext/query.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace tributary::erpnext {

TEST_CASE("a count is asked for field by field, which every version understands", "[erpnext]") {
    CHECK(count_body("Bin", {}) == R"({"doctype":"Bin"})");
    Filters filters;
    filters.add("docstatus", "=", "1");
    filters.add_among("name", std::vector<std::string>{"A \"1\"", "B"});
    CHECK(count_body("Sales Order", filters) ==
          R"({"doctype":"Sales Order","filters":{"docstatus":["=","1"],"name":["in",["A \"1\"","B"]]}})");
}

TEST_CASE("a count by what has no such form is asked for term by term", "[erpnext]") {
    Filters twice;
    twice.add("modified", ">=", "2026-01-01");
    twice.add("modified", "<", "2026-02-01");
    CHECK(count_body("Bin", twice) ==
          R"({"doctype":"Bin","filters":[["modified",">=","2026-01-01"],["modified","<","2026-02-01"]]})");
    Filters of_child;
    Filters term;
    term.add("item_code", "=", "X");
    of_child.add_child("Sales Order Item", term);
    CHECK(count_body("Sales Order", of_child) ==
          R"({"doctype":"Sales Order","filters":[["Sales Order Item","item_code","=","X"]]})");
}

}  // namespace tributary::erpnext
