#include <algorithm>
#include <catch2/catch.hpp>
#include <stop_token>
#include <thread>

#include "connectors/erpnext/tests/follower.hpp"
#include "core/model/key_text.hpp"

namespace tributary::erpnext {
namespace {

using test::Follower;
using test::LabSite;

const std::string customers =
    "doctype: Customer, key: [name, creation], watermark: {column: modified}, announcements: 0";
const std::string orders =
    "doctype: Sales Order, key: [name, creation], watermark: {column: modified}, announcements: 0, "
    "links: {customer: Customer, lines.item_code: Item}, join: {customer_created: customer.creation}, "
    "include: {lines: {field: items, doctype: Sales Order Item, key: [idx, name]}}";
const std::vector<std::string> order_columns{"customer",  "customer_created", "status",    "docstatus",
                                             "total_qty", "lines.item_code",  "lines.qty", "amended_from"};
const std::string items = "doctype: Item, key: [name], watermark: {column: modified}, announcements: 0";

std::string order_of(const std::string& customer, const std::string& item = "SKU-001", int quantity = 1) {
    return R"({"customer":")" + customer + R"(","delivery_date":"2030-01-01","items":[{"item_code":")" + item +
           R"(","qty":)" + std::to_string(quantity) + "}]}";
}

/// Of rows by key: that of the document with this name.
std::vector<std::string> keys_named(const Follower& follower, const std::string& name) {
    std::vector<std::string> keys;
    for (const auto& [key, row] : follower.rows)
        if (key_parts(key).front() == name) keys.push_back(key);
    return keys;
}

const Follower::Row& row_named(const Follower& follower, const std::string& name) {
    const auto keys = keys_named(follower, name);
    INFO(name);
    REQUIRE(keys.size() == 1);
    return follower.rows.at(keys.front());
}

TEST_CASE("a save that shows after newer ones is not lost", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name"}});
    follower.catch_up();
    // 8.2 s were seen between the stamp and the commit of a large order
    const std::string slow = site.hold();
    site.within(slow, [&] { site.create("Customer", R"({"customer_name":"Slow"})"); });
    site.create("Customer", R"({"customer_name":"Quick"})");
    follower.catch_up();
    CHECK(keys_named(follower, "Quick").size() == 1);
    CHECK(keys_named(follower, "Slow").empty());
    site.commit(slow);
    follower.catch_up();
    CHECK(keys_named(follower, "Slow").size() == 1);
}

TEST_CASE("rows of one microsecond are read in pages of any size", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name"}});
    follower.catch_up();
    const std::size_t before = follower.rows.size();
    site.begin();
    for (int i = 0; i < 40; ++i) site.create("Customer", R"({"customer_name":"Tie )" + std::to_string(i) + R"("})");
    site.commit();
    follower.catch_up({.rows = 3});
    CHECK(follower.rows.size() == before + 40);
}

TEST_CASE("the autumn hour that comes twice loses nothing", "[erpnext]") {
    LabSite site;
    // 02:30 in Berlin, for the first time; clocks go back at 01:00 UTC
    site.clock("2026-10-25T00:30:00");
    Follower follower(site, {customers, {"customer_name"}});
    follower.catch_up();
    site.create("Customer", R"({"customer_name":"First"})");
    follower.catch_up();
    site.clock("2026-10-25T00:58:00");
    site.create("Customer", R"({"customer_name":"Late first"})");
    follower.catch_up();
    CHECK(follower.rows.size() == 32);
    // 02:05 for the second time, stamped before what was read last
    site.clock("2026-10-25T01:05:00");
    site.create("Customer", R"({"customer_name":"Second"})");
    follower.catch_up();
    CHECK(keys_named(follower, "Second").size() == 1);
    site.clock("2026-10-25T01:40:00");
    site.create("Customer", R"({"customer_name":"Third"})");
    follower.catch_up();
    CHECK(keys_named(follower, "Third").size() == 1);
    site.clock("2026-10-25T02:10:00");
    site.create("Customer", R"({"customer_name":"Fourth"})");
    follower.catch_up();
    CHECK(keys_named(follower, "Fourth").size() == 1);
}

TEST_CASE("a number that is given again is another order's", "[erpnext]") {
    LabSite site;
    Follower follower(site, {orders, order_columns});
    follower.catch_up();
    const std::string name = site.create("Sales Order", order_of("Customer 1 GmbH"));
    follower.catch_up();
    const std::string first = keys_named(follower, name).front();
    site.remove("Sales Order", name);
    REQUIRE(site.create("Sales Order", order_of("Customer 4 GmbH")) == name);
    follower.catch_up();
    CHECK(follower.removed == std::vector<std::string>{first});
    CHECK(keys_named(follower, name).size() == 1);
    CHECK(keys_named(follower, name).front() != first);
    CHECK(row_named(follower, name).at("customer") == "Customer 4 GmbH");
}

TEST_CASE("a tombstone that names a living document takes nothing away", "[erpnext]") {
    LabSite site;
    Follower follower(site, {items, {"item_name"}});
    site.create("Item", R"({"item_code":"AGAIN","item_name":"first"})");
    follower.catch_up();
    site.remove("Item", "AGAIN");
    site.create("Item", R"({"item_code":"AGAIN","item_name":"second"})");
    follower.catch_up();
    CHECK(follower.removed.empty());
    CHECK(row_named(follower, "AGAIN").at("item_name") == "second");
    site.remove("Item", "AGAIN");
    follower.catch_up();
    CHECK(follower.removed == std::vector<std::string>{"AGAIN"});
}

TEST_CASE("deletes are announced across a restart, and not told twice", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name"}});
    site.create("Customer", R"({"customer_name":"Gone"})");
    follower.catch_up();
    site.remove("Customer", "Gone");
    follower.restart();
    follower.catch_up();
    CHECK(follower.removed.size() == 1);
    const Position after = follower.position;
    const auto again = follower.pull();
    REQUIRE(again);
    CHECK(again->rows.empty());
    CHECK(follower.position == after);
}

TEST_CASE("a renamed customer's orders read otherwise and are read again", "[erpnext]") {
    LabSite site;
    Follower who(site, {customers, {"customer_name"}});
    Follower what(site, {orders, order_columns});
    std::vector<std::string> names;
    for (int i = 0; i < 7; ++i) names.push_back(site.create("Sales Order", order_of("Customer 2 GmbH")));
    const std::string other = site.create("Sales Order", order_of("Customer 4 GmbH"));
    who.catch_up();
    what.catch_up();
    const std::string old_key = keys_named(who, "Customer 2 GmbH").front();
    site.rename("Customer", "Customer 2 GmbH", "Zweite & Söhne");
    who.catch_up();
    what.catch_up({.rows = 2});
    CHECK(who.removed == std::vector<std::string>{old_key});
    CHECK(keys_named(who, "Zweite & Söhne").size() == 1);
    for (const std::string& name : names) CHECK(row_named(what, name).at("customer") == "Zweite & Söhne");
    CHECK(row_named(what, other).at("customer") == "Customer 4 GmbH");
    for (const std::string& name : names)
        CHECK(row_named(what, name).at("customer_created") == key_parts(keys_named(who, "Zweite & Söhne").front())[1]);
}

TEST_CASE("orders of a customer that was merged into another move with it", "[erpnext]") {
    LabSite site;
    Follower who(site, {customers, {"customer_name"}});
    Follower what(site, {orders, order_columns});
    const std::string name = site.create("Sales Order", order_of("Customer 6 GmbH"));
    who.catch_up();
    what.catch_up();
    const std::string merged = keys_named(who, "Customer 6 GmbH").front();
    site.rename("Customer", "Customer 6 GmbH", "Customer 8 GmbH", true);
    who.catch_up();
    what.catch_up();
    CHECK(who.removed == std::vector<std::string>{merged});
    CHECK(row_named(what, name).at("customer") == "Customer 8 GmbH");
}

TEST_CASE("lines read otherwise when their item is renamed", "[erpnext]") {
    LabSite site;
    Follower what(site, {orders, order_columns});
    const std::string name = site.create("Sales Order", order_of("Customer 1 GmbH", "SKU-003"));
    what.catch_up();
    site.rename("Item", "SKU-003", "SKU-003X");
    what.catch_up();
    CHECK(row_named(what, name).at("lines[0].item_code") == "SKU-003X");
}

TEST_CASE("a rename in the middle of rereading survives a restart", "[erpnext]") {
    LabSite site;
    Follower what(site, {orders, order_columns});
    std::vector<std::string> names;
    for (int i = 0; i < 9; ++i) names.push_back(site.create("Sales Order", order_of("Customer 2 GmbH")));
    what.catch_up();
    site.rename("Customer", "Customer 2 GmbH", "Zweite");
    // each of these processes sees the rename as news, as it was announced a moment ago
    for (int pulls = 0; pulls < 8; ++pulls) {
        what.read({.rows = 2});
        what.restart();
    }
    what.catch_up({.rows = 2});
    for (const std::string& name : names) CHECK(row_named(what, name).at("customer") == "Zweite");
}

TEST_CASE("cancelled and amended orders are two", "[erpnext]") {
    LabSite site;
    Follower what(site, {orders, order_columns});
    const std::string name = site.create("Sales Order", order_of("Customer 1 GmbH"));
    site.submit("Sales Order", name);
    what.catch_up();
    CHECK(row_named(what, name).at("docstatus") == "1");
    site.cancel("Sales Order", name);
    std::string amended = order_of("Customer 1 GmbH");
    amended.insert(1, R"("amended_from":")" + name + R"(",)");
    const std::string next = site.create("Sales Order", amended);
    what.catch_up();
    CHECK(row_named(what, name).at("docstatus") == "2");
    CHECK(row_named(what, next).at("amended_from") == name);
}

TEST_CASE("an invoice that became overdue is found by fetching it, as a sweep does", "[erpnext]") {
    LabSite site(20);
    Follower invoices(site,
                      {"doctype: Sales Invoice, key: [name, creation], watermark: {column: modified}", {"status"}});
    invoices.catch_up();
    site.job("overdue");
    invoices.catch_up();
    const auto overdue = [&] {
        return std::ranges::count_if(invoices.rows,
                                     [](const auto& row) { return row.second.at("status") == "Overdue"; });
    };
    CHECK(overdue() == 0);
    const auto listed = invoices.list();
    REQUIRE(listed);
    std::vector<std::vector<std::string>> keys;
    for (const KeyVersion& key : *listed) keys.push_back(key.key);
    const auto fetched = invoices.feed().fetch(0, keys, {});
    REQUIRE(fetched);
    invoices.take(*fetched);
    CHECK(overdue() > 0);
}

TEST_CASE("rows that User Permissions hide are not taken for gone", "[erpnext]") {
    LabSite site;
    Follower all(site, {customers, {"customer_name"}});
    all.catch_up();
    std::vector<std::vector<std::string>> keys;
    for (const auto& [key, row] : all.rows) keys.push_back(key_parts(key));
    Follower limited(site, {customers, {"customer_name"}, "limited"});
    const auto fetched = limited.feed().fetch(0, keys, {});
    REQUIRE_FALSE(fetched);
    CHECK(fetched.error().code == "rows_hidden");
    CHECK(fetched.error().verdict == Verdict::retry);

    // and a restricted user is told that he is
    limited.catch_up();
    CHECK(limited.rows.size() == 1);
    REQUIRE(limited.list());
    limited.read();
    CHECK(std::ranges::any_of(limited.conditions, [](const auto& one) { return one.code == "rows_hidden"; }));
    const std::vector<std::string> columns{"customer_name"};
    const auto found = limited.feed().check(0, columns, {});
    REQUIRE(found);
    CHECK(std::ranges::any_of(*found, [](const Finding& one) {
        return one.severity == Severity::warning && one.message.find("29 of 30") != std::string::npos;
    }));
}

TEST_CASE("a key that is gone for a user who sees all is gone", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name"}});
    site.create("Customer", R"({"customer_name":"Gone"})");
    follower.catch_up();
    const auto key = key_parts(keys_named(follower, "Gone").front());
    site.remove("Customer", "Gone");
    const auto fetched = follower.feed().fetch(0, {{key}}, {});
    REQUIRE(fetched);
    CHECK(fetched->rows.empty());
    REQUIRE(follower.list());
    follower.read();
    CHECK(follower.conditions.empty());
}

TEST_CASE("a field above the user's permission level stops the stream, it is not null", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name", "tax_id"}, "low"});
    const auto batch = follower.pull();
    REQUIRE_FALSE(batch);
    CHECK(batch.error().verdict == Verdict::stop);
    CHECK(batch.error().what.find("tax_id") != std::string::npos);
}

TEST_CASE("who may not read announcements polls all the same, and is told", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name"}, "sales"});
    follower.catch_up();
    site.create("Customer", R"({"customer_name":"New"})");
    follower.catch_up();
    CHECK(keys_named(follower, "New").size() == 1);
    const std::vector<std::string> columns{"customer_name"};
    const auto found = follower.feed().check(0, columns, {});
    REQUIRE(found);
    CHECK(found->size() == 2);
    for (const Finding& one : *found) CHECK(one.severity == Severity::warning);
}

TEST_CASE("what is missing at the site is named, with what may have been meant", "[erpnext]") {
    LabSite site;
    const std::vector<std::string> columns{"customer_nam"};
    Follower follower(site, {customers, columns});
    const auto found = follower.feed().check(0, columns, {});
    REQUIRE(found);
    CHECK(std::ranges::any_of(*found, [](const Finding& one) {
        return one.severity == Severity::error && one.message.find("did you mean 'customer_name'") != std::string::npos;
    }));
    Follower nobody(site, {"doctype: Customre, key: [name]", {"customer_name"}});
    const auto unknown = nobody.feed().check(0, columns, {});
    REQUIRE(unknown);
    REQUIRE_FALSE(unknown->empty());
    CHECK(unknown->front().severity == Severity::error);
    // who may not list doctypes is told those of the ready mappings
    Follower plain(site, {"doctype: Sales Ordr, key: [name]", {"customer_name"}, "sales"});
    const auto misspelt = plain.feed().check(0, columns, {});
    REQUIRE(misspelt);
    REQUIRE_FALSE(misspelt->empty());
    CHECK(misspelt->front().message.contains("'Sales Ordr', did you mean 'Sales Order'?"));
    Follower refused(site, {customers, {"customer_name"}, "norole"});
    const auto right = refused.feed().check(0, columns, {});
    REQUIRE(right);
    REQUIRE_FALSE(right->empty());
    CHECK(right->front().message.find("no right") != std::string::npos);
}

TEST_CASE("a condition that would match everything, and a join that cannot be read, are found before they are used",
          "[erpnext]") {
    LabSite site;
    const std::vector<std::string> columns{"customer_name"};
    const auto says = [&](const std::string& more, const std::string& what) {
        Follower follower(site, {customers + more, {"customer_name"}});
        const auto found = follower.feed().check(0, columns, {});
        REQUIRE(found);
        return std::ranges::any_of(*found, [&](const Finding& one) {
            return one.severity == Severity::error && one.message.find(what) != std::string::npos;
        });
    };
    CHECK(says(R"(, where: '[["creation", ">=", "last week"]]')", "would match every row"));
    CHECK_FALSE(says(R"(, where: '[["creation", ">=", "2026-01-31"]]')", "match"));
    CHECK(says(", links: {territory: Teritory}, join: {manager: territory.territory_manager}", "Teritory"));
    CHECK(says(", links: {name: Customer}, join: {manager: name.nope}", "nope"));
}

TEST_CASE("a site that is busy, limited or under maintenance is asked again later", "[erpnext]") {
    LabSite site;
    Follower follower(site, {customers, {"customer_name"}});
    for (const int status : {500, 503, 429}) {
        site.refuse(status, 1);
        const auto batch = follower.pull();
        REQUIRE_FALSE(batch);
        CHECK(batch.error().verdict == Verdict::retry);
        if (status != 429) continue;
        CHECK(batch.error().code == "rate_limited");
        CHECK(batch.error().retry_after == 2'000'000);
    }
}

TEST_CASE("an order never shows lines of another moment", "[erpnext]") {
    LabSite site;
    std::vector<std::string> names;
    for (int i = 0; i < 60; ++i) names.push_back(site.create("Sales Order", order_of("Customer 1 GmbH")));
    Follower follower(site, {orders, order_columns});
    const std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 0; !stop.stop_requested(); ++i) {
            std::string lines;
            for (int line = 0; line <= i % 5; ++line)
                lines += std::string(line == 0 ? "" : ",") + R"({"item_code":"SKU-001","qty":)" +
                         std::to_string(i % 7 + 1) + "}";
            site.quietly(
                "PUT", "/api/resource/Sales%20Order/" + names[static_cast<std::size_t>(i) % names.size()],
                R"({"total_qty":)" + std::to_string((i % 5 + 1) * (i % 7 + 1)) + R"(,"items":[)" + lines + "]}");
        }
    });
    std::size_t looked_at = 0;
    for (int pulls = 0; pulls < 60; ++pulls) {
        follower.read({.rows = 20});
        for (const auto& [key, row] : follower.rows) {
            double total = 0;
            for (int line = 0; row.contains("lines[" + std::to_string(line) + "].qty"); ++line)
                total += std::stod(row.at("lines[" + std::to_string(line) + "].qty"));
            INFO(key);
            CHECK(total == std::stod(row.at("total_qty")));
            ++looked_at;
        }
    }
    CHECK(looked_at > 500);
}

}  // namespace
}  // namespace tributary::erpnext
