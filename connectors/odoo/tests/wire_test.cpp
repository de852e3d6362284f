#include "connectors/odoo/wire.hpp"

#include <catch2/catch.hpp>

#include "connectors/odoo/domain.hpp"
#include "connectors/odoo/session.hpp"

namespace tributary::odoo {
namespace {

const Account feed{"shop", "feed", "s\"ecret"};
const Call page{"res.partner", "search_read", {{"domain", "[]"}, {"limit", "2"}}};

TEST_CASE("a call over JSON-RPC carries database, user and secret in its body", "[odoo]") {
    const http::Request request = request_of(page, {.protocol = Protocol::json_rpc, .user = 5}, feed);
    CHECK(request.method == "POST");
    CHECK(request.target == "/jsonrpc");
    CHECK(request.content_type == "application/json");
    CHECK(request.body ==
          R"({"jsonrpc":"2.0","id":1,"method":"call","params":{"service":"object","method":"execute_kw","args":)"
          R"(["shop",5,"s\"ecret","res.partner","search_read",[],{"domain":[],"limit":2}]}})");
}

TEST_CASE("a call over JSON-2 names model and method in its path, and carries no secret in its body", "[odoo]") {
    const http::Request request = request_of(page, {.protocol = Protocol::json_2}, feed);
    CHECK(request.target == "/json/2/res.partner/search_read");
    CHECK(request.body == R"({"domain":[],"limit":2})");
    CHECK_FALSE(request.body.contains("ecret"));
}

TEST_CASE("the log-in asks as the capture did", "[odoo]") {
    CHECK(authenticate_request(feed).body ==
          R"({"jsonrpc":"2.0","id":1,"method":"call","params":{"service":"common","method":"authenticate",)"
          R"("args":["shop","feed","s\"ecret",{}]}})");
    CHECK_FALSE(version_request().sign);
}

TEST_CASE("a version is read whatever it is called", "[odoo]") {
    CHECK(major_version("19.0") == 19);
    CHECK(major_version("saas~18.2+e") == 18);
    CHECK(major_version("17.0-20240101") == 17);
    CHECK(major_version("") == 0);
}

TEST_CASE("every call shows archived records, in the language and of the companies that were asked for", "[odoo]") {
    CHECK(OdooSettings{}.context() == R"({"active_test":false})");
    OdooSettings settings;
    settings.language = "de_DE";
    settings.companies = {1, 3};
    CHECK(settings.context() == R"({"active_test":false,"lang":"de_DE","allowed_company_ids":[1,3]})");
}

TEST_CASE("a domain is a JSON list in prefix notation", "[odoo]") {
    for (const char* const good : {"[]", R"([["a","=",1]])", R"(["&",["a","=",1],["b","in",[1,2]]])",
                                   R"(["|","!",["a","=",false],["b.c","like","x"],["d",">","2026-01-31"]])"})
        CHECK(Domain::parse(good));
    for (const char* const bad : {"", "a = 1", "{}", R"(["a","=",1])", R"(["&",["a","=",1]])", R"(["!"])", R"([1])",
                                  R"([["a","="]])", R"([["a",1,2]])", R"([["a","=",1])"})
        CHECK_FALSE(Domain::parse(bad));
}

TEST_CASE("what is added to a domain holds as well, whatever it was made of", "[odoo]") {
    Domain domain = *Domain::parse(R"( ["|", ["a","=",1], ["b","=",1.50]] )");
    domain.add("id", ">", "7");
    CHECK(domain.json() == R"(["|", ["a","=",1], ["b","=",1.50],["id",">",7]])");

    Domain none = *Domain::parse("[]");
    none.add("id", ">", "7");
    CHECK(none.json() == R"([["id",">",7]])");

    Domain either;
    Domain two;
    two.add("a", "=", "1");
    two.add("b", "=", "2");
    Domain one;
    one.add("a", "=", "3");
    const std::vector<Domain> others{two, one};
    either.add("x", "=", "0");
    either.add_any(others);
    CHECK(either.json() == R"([["x","=",0],"|","&",["a","=",1],["b","=",2],["a","=",3]])");
}

TEST_CASE("of no values nothing fits", "[odoo]") {
    Domain domain;
    domain.add_in("currency_id", {});
    CHECK(domain.json() == R"([["id","=",0]])");
    Domain any;
    any.add_any({});
    CHECK(any.json() == R"([["id","=",0]])");
}

TEST_CASE("a moment in a domain is the whole second it lies in, without a zone", "[odoo]") {
    CHECK(json_moment(1'795'000'000'999'999) == R"("2026-11-18 11:06:40")");
    CHECK(json_moment(-1) == R"("1969-12-31 23:59:59")");
    CHECK(json_moment(INT64_MIN / 2) == R"("0001-01-01 00:00:00")");
}

TEST_CASE("an id is a whole number", "[odoo]") {
    CHECK(json_integer("42") == "42");
    CHECK_FALSE(json_integer("4.2"));
    CHECK_FALSE(json_integer("S00042"));
    CHECK_FALSE(json_integer(""));
}

}  // namespace
}  // namespace tributary::odoo
