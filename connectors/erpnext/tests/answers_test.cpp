#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "connectors/erpnext/announcements.hpp"
#include "connectors/erpnext/connector.hpp"
#include "connectors/erpnext/failures.hpp"
#include "connectors/erpnext/position.hpp"
#include "connectors/erpnext/query.hpp"
#include "connectors/erpnext/reader.hpp"
#include "connectors/erpnext/stamps.hpp"
#include "connectors/kit/table/tests/readme.hpp"

namespace tributary::erpnext {
namespace {

/// What was captured from ERPNext 15.84 on Frappe 15.44; tests run in the checkout's root.
rapidjson::Document captured(const std::string& file) {
    std::ifstream stream("tests/lab/erpnext.captures/" + file);
    std::stringstream text;
    text << stream.rdbuf();
    rapidjson::Document json;
    json.Parse(text.str());
    REQUIRE_FALSE(json.HasParseError());
    return json;
}

std::string json_of(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return buffer.GetString();
}

TEST_CASE("the README shows the options of erpnext as they are declared", "[erpnext]") {
    table::test::check_readme(connector());
    const std::string lookups =
        "<!-- options: lookup -->\n\n" + options_as_markdown(connector().lookup_options()) + "\n<!-- end -->";
    INFO(lookups);
    CHECK(table::test::readme_of("erpnext").find(lookups) != std::string::npos);
}

TEST_CASE("each captured refusal is judged as FACTS has it", "[erpnext]") {
    struct Expected {
        Verdict verdict;
        std::string code;
    };
    // 401, 429 and 503 are judged by kit/http before their bodies are read
    const std::map<std::string, Expected> expected{
        {"no credentials", {Verdict::stop, "no_right"}},
        {"no role, list", {Verdict::stop, "no_right"}},
        {"no role, document", {Verdict::stop, "no_right"}},
        {"unknown doctype", {Verdict::stop, "not_found"}},
        {"unknown document", {Verdict::stop, "not_found"}},
        {"unknown field", {Verdict::stop, "undefined_column"}},
        {"unknown filter field", {Verdict::stop, "undefined_column"}},
        {"unknown order_by", {Verdict::stop, "undefined_column"}},
        {"unknown operator", {Verdict::stop, "bad_request"}},
        {"filters not JSON", {Verdict::stop, "bad_request"}},
        {"negative limit", {Verdict::stop, "bad_request"}},
        {"child table without parent", {Verdict::stop, "no_right"}},
        {"unknown method", {Verdict::stop, "bad_request"}},
        {"unknown path", {Verdict::stop, "not_found"}},
    };
    const auto errors = captured("errors.json");
    for (const auto& [name, what] : expected) {
        INFO(name);
        REQUIRE(errors.HasMember(name.c_str()));
        const auto& exchange = errors[name.c_str()];
        const Error error = judge(read_failure(exchange["status"].GetInt(), json_of(exchange["response"])), "it");
        CHECK(error.verdict == what.verdict);
        CHECK(error.code == what.code);
        CHECK(error.what.find("Traceback") == std::string::npos);
        CHECK(error.what.find("pymysql") == std::string::npos);
        CHECK(error.what.find("<strong>") == std::string::npos);
    }
}

TEST_CASE("a 500 is for good only where the question was at fault", "[erpnext]") {
    const auto judged = [](const std::string& body) { return judge(read_failure(500, body), "it"); };
    CHECK(judged(R"({"exc_type":"QueryTimeoutError"})").verdict == Verdict::retry);
    CHECK(judged(R"({"exc_type":"QueryDeadlockError"})").verdict == Verdict::retry);
    CHECK(judged(R"({"exc_type":"OperationalError"})").verdict == Verdict::retry);
    CHECK(judged(R"x({"exception":"(2013, 'Lost connection')","exc_type":"OperationalError"})x").verdict ==
          Verdict::retry);
    CHECK(judged("<html>Internal Server Error</html>").verdict == Verdict::retry);
    CHECK(judged("").verdict == Verdict::retry);
    CHECK(judged(R"({"exc_type":"ProgrammingError"})").verdict == Verdict::stop);
}

TEST_CASE("an answer of nobody's site is told from a document that is gone", "[erpnext]") {
    const Error error = judge(read_failure(404, "<html><h1>erp.wrong does not exist</h1></html>"), "POST /api");
    CHECK(error.code == "not_found");
    CHECK(error.what.find("`url`") != std::string::npos);
}

TEST_CASE("a message is shown without its HTML, tracebacks never", "[erpnext]") {
    const Failure failure = read_failure(
        417, R"({"exception":"secret SQL","exc":"[\"Traceback secret\"]","exc_type":"ValidationError",)"
             R"("_server_messages":"[\"{\\\"message\\\":\\\"Item <strong>A &amp; B</strong> is bad\\\"}\"]"})");
    CHECK(failure.message == "Item A & B is bad");
    CHECK(judge(failure, "it").what == "it answered 417 ValidationError: Item A & B is bad");
}

TEST_CASE("stamps are written as the site compares them", "[erpnext]") {
    CHECK(stamp_text(0) == "1970-01-01 00:00:00.000000");
    CHECK(stamp_text(*read_stamp("2026-11-22 18:41:44.381153")) == "2026-11-22 18:41:44.381153");
    CHECK(*read_stamp("2026-11-22 18:41:44") + 381'153 == *read_stamp("2026-11-22 18:41:44.381153"));
    CHECK_FALSE(read_stamp("garbage"));
    CHECK_FALSE(read_stamp(""));
    // a filter value that is no date would match everything
    CHECK(read_stamp(stamp_text(INT64_MIN)));
    CHECK(read_stamp(stamp_text(INT64_MAX)));
}

TEST_CASE("a list is asked for by one JSON body, whatever names hold", "[erpnext]") {
    ListQuery query{.doctype = "Sales Order", .fields = {"name"}, .order_by = "name asc", .length = 3};
    query.filters.add("modified", ">=", "2026-11-22 18:41:44.381153");
    query.filters.add_among("name", std::vector<std::string>{R"(O'Neill / "#7")", "株式会社"});
    query.or_filters.add("name", ">", "A");
    CHECK(query.body() ==
          R"({"doctype":"Sales Order","fields":["name"],)"
          R"("filters":[["modified",">=","2026-11-22 18:41:44.381153"],["name","in",["O'Neill / \"#7\"","株式会社"]]],)"
          R"("or_filters":[["name",">","A"]],"order_by":"name asc","limit_page_length":3})");
    Filters term;
    term.add("qty", ">", "2");
    Filters filters;
    filters.add_child("Sales Order Item", term);
    CHECK(filters.json() == R"([["Sales Order Item","qty",">","2"]])");
}

TEST_CASE("a tombstone names the row that went by all of its key", "[erpnext]") {
    const Announced orders{.doctype = "Sales Order", .key = {"name", "creation"}};
    const std::string data = R"({"name":"SAL-1","creation":"2026-11-22 18:41:46.010056","doctype":"Sales Order"})";
    CHECK(deleted_keys(orders, "Sales Order", data) ==
          std::vector<std::vector<std::string>>{{"SAL-1", "2026-11-22 18:41:46.010056"}});
    CHECK(deleted_keys(orders, "Customer", data).empty());
    CHECK(deleted_keys(orders, "Sales Order", R"({"name":"SAL-1"})").empty());
    CHECK(deleted_keys(orders, "Sales Order", "no JSON").empty());
}

TEST_CASE("rows of a child table go with their document", "[erpnext]") {
    const Announced links{.doctype = "Dynamic Link", .parent = "Contact", .key = {"name"}};
    const std::string data = R"({"name":"Anna","phone_nos":[{"name":"p1","doctype":"Contact Phone"}],)"
                             R"("links":[{"name":"l1","doctype":"Dynamic Link"},{"name":"l2"}],"title":"x"})";
    CHECK(deleted_keys(links, "Contact", data) == std::vector<std::vector<std::string>>{{"l1"}, {"l2"}});
}

TEST_CASE("the former name of a document is found in any language", "[erpnext]") {
    const auto lists = captured("lists.json");
    const auto& comment = lists["renames"]["response"]["data"][0];
    using Names = std::vector<std::string>;
    CHECK(former_names(comment["content"].GetString(), comment["reference_name"].GetString()) ==
          Names{"Customer 2 GmbH"});
    CHECK(former_names("umbenannt von <strong>A &amp; B</strong> in <strong>C</strong>", "C") == Names{"A & B"});
    CHECK(former_names("from <strong>A</strong> to <strong>B</strong>", "C") == Names{"A", "B"});
    CHECK(former_names("renamed", "C").empty());
    CHECK(former_names("<strong>A", "C").empty());
}

TEST_CASE("a position comes back as it was written, and nobody else's does", "[erpnext]") {
    const DocumentPosition position{.rows = {R"({"v":1,"of":"table"})"},
                                    .told = 1,
                                    .turn = 2,
                                    .again = {{"customer", {"A", "B"}}, {"lines.item_code", {"C"}}},
                                    .at = {"{}"},
                                    .then = 3};
    const auto written = write_document_position(position);
    REQUIRE(written);
    CHECK(read_document_position(*written).value() == position);
    CHECK(read_document_position({}).value() == DocumentPosition{});
    for (const char* const json : {"[]", "{}", R"({"v":2,"of":"documents"})", R"({"v":1,"of":"table"})",
                                   R"({"v":1,"of":"documents","told":"x"})", R"({"v":1,"of":"documents","again":[1]})"})
        CHECK(read_document_position({json}).error().code == "bad_position");
}

TEST_CASE("joined columns are asked for by their links, chains in their order", "[erpnext]") {
    const std::vector<Join> joins{{"code", "country", "Country", "code"},
                                  {"country", "parent", "Address", "country"},
                                  {"city", "parent", "Address", "city"}};
    const std::vector<std::string> fields{"name", "code", "city"};
    const Plan plan = plan_of(fields, joins);
    CHECK(plan.asked == std::vector<std::string>{"name", "parent"});
    CHECK(plan.fields == fields);
    REQUIRE(plan.joined.size() == 3);
    CHECK(plan.columns[plan.joined.back()].join->name == "code");
}

}  // namespace
}  // namespace tributary::erpnext
