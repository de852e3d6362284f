#include "connectors/erpnext/query.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "connectors/erpnext/connector.hpp"
#include "connectors/erpnext/site.hpp"
#include "connectors/kit/table/tests/configured.hpp"

namespace tributary::erpnext {

TEST_CASE("a count is asked for field by field, which every version understands", "[erpnext]") {
    CHECK(count_body("Bin", {}) == R"({"doctype":"Bin"})");
    Filters filters;
    filters.add("docstatus", "=", "1");
    filters.add_among("name", std::vector<std::string>{"A \"1\"", "B"});
    CHECK(count_body("Sales Order", filters) ==
          R"({"doctype":"Sales Order","filters":{"docstatus":["=","1"],"name":["in",["A \"1\"","B"]]}})");
}

TEST_CASE("how a site is reached is looked at before anybody is asked", "[erpnext]") {
    const auto complaint = [](const std::string& source) {
        return table::test::Configured(connector(), source, "{doctype: Bin, key: [name]}").complaints();
    };
    CHECK(complaint("{url: 'http://erp.example', user: k, password: s}").empty());
    CHECK(complaint("{url: 'http://erp.example/', token: 'k:s'}").empty());
    CHECK(complaint("{url: 'http://erp.example/api', token: 'k:s'}").contains("leave '/api' out"));
    CHECK(complaint("{url: 'http://erp.example'}").contains("API key"));
}

TEST_CASE("key and secret are one header, however they are given", "[erpnext]") {
    const auto settings_of = [](const std::string& user, const std::string& password, const std::string& token) {
        http::ClientSettings settings;
        settings.user = user;
        settings.password = password;
        settings.token = token;
        return with_token(std::move(settings));
    };
    const auto sent = [](const http::ClientSettings& with) {
        CHECK((with.user + with.password + with.token).empty());
        REQUIRE(with.headers.size() == 1);
        CHECK(with.secrets == std::vector<std::string>{with.headers.front().value});
        return with.headers.front().value;
    };
    CHECK(sent(settings_of("k", "s", "")) == "token k:s");
    CHECK(sent(settings_of("", "", "k:s")) == "token k:s");
    CHECK(settings_of("", "", "of-oauth").token == "of-oauth");
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
