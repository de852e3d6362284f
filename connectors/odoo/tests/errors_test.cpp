#include "connectors/odoo/errors.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "connectors/odoo/tests/captures.hpp"

namespace tributary::odoo {
namespace {

struct Expected {
    Verdict verdict;
    std::string_view code;
};

/// facts/odoo, "Errors": what is to be done about each.
const std::map<std::string, Expected> json_rpc{
    {"err_execute_bad_password", {Verdict::retry, "bad_credentials"}},
    {"err_auth_wrong_db", {Verdict::stop, "no_database"}},
    {"err_bad_model", {Verdict::stop, "not_found"}},
    {"err_bad_field", {Verdict::stop, "undefined_column"}},
    {"err_bad_domain_field", {Verdict::stop, "undefined_column"}},
    {"err_bad_order", {Verdict::stop, "undefined_column"}},
    {"err_bad_method", {Verdict::stop, "not_found"}},
    {"err_private_method", {Verdict::stop, "no_right"}},
    {"err_write_missing", {Verdict::retry, "row_gone"}},
    {"err_access", {Verdict::stop, "no_right"}},
    {"err_unlink_confirmed", {Verdict::stop, "refused"}},
    {"err_unlink_restricted", {Verdict::stop, "refused"}},
    {"err_db_list_disabled", {Verdict::retry, "bad_credentials"}},
    {"err_session_expired", {Verdict::retry, "bad_credentials"}},
};
const std::map<std::string, Expected> json_2{
    {"err_json2_bad_key", {Verdict::retry, "bad_credentials"}},
    {"err_json2_bad_model", {Verdict::stop, "not_found"}},
    {"err_json2_bad_method", {Verdict::stop, "not_found"}},
    {"err_json2_bad_field", {Verdict::stop, "undefined_column"}},  // although the status is 500
    {"err_json2_bad_arg", {Verdict::stop, "bad_request"}},
    {"err_json2_ids", {Verdict::stop, "bad_request"}},
    {"err_json2_missing", {Verdict::retry, "row_gone"}},
    {"err_json2_usererror", {Verdict::stop, "refused"}},
};

void check_all(const std::string& file, const std::map<std::string, Expected>& expected) {
    const test::Captures captures(file);
    for (const auto& [name, wanted] : expected) {
        INFO(name);
        const auto status = static_cast<int>(captures.at({name, "status"}).integer);
        const Failure failure = failure_in(captures.at({name, "response"}), status);
        CHECK_FALSE(failure.name.empty());
        const Error error = judge(failure, "POST /x", name.contains("bad_model") ? "res.nope" : "res.partner", "nodb");
        CHECK(error.verdict == wanted.verdict);
        CHECK(error.code == wanted.code);
        CHECK_FALSE(error.what.contains("Traceback"));
        CHECK_FALSE(error.what.contains('\n'));
        CHECK_FALSE(error.what.contains("127.0.0.1"));
    }
}

TEST_CASE("what a real server said over JSON-RPC is judged by its name, though the status is 200", "[odoo]") {
    check_all("errors.json", json_rpc);
}

TEST_CASE("what a real server said over JSON-2 is judged by its name, whatever the status", "[odoo]") {
    check_all("json2.json", json_2);
}

TEST_CASE("no right names the model and says what the server said", "[odoo]") {
    const test::Captures captures("errors.json");
    const Error error =
        judge(failure_in(captures.at({"err_access", "response"}), 200), "POST /jsonrpc", "ir.rule", "shop");
    CHECK(error.what.contains("ir.rule"));
    CHECK(error.what.contains("You are not allowed to access 'Record Rule'"));
}

TEST_CASE("a database that is down is waited for", "[odoo]") {
    const Error error = judge({.name = "psycopg2.OperationalError", .message = "connection to server at \"db\" failed"},
                              "POST /jsonrpc", "", "shop");
    CHECK(error.verdict == Verdict::retry);
    CHECK(error.code == "server_failed");
    CHECK_FALSE(error.what.contains("\"db\""));
}

TEST_CASE("two changes that were in each other's way, and whatever nobody knows, may pass", "[odoo]") {
    for (const char* const name : {"psycopg2.errors.SerializationFailure", "odoo.addons.queue.Busy", ""})
        CHECK(judge({.name = name, .message = "x"}, "POST /jsonrpc", "", "shop").verdict == Verdict::retry);
}

TEST_CASE("credentials that are refused are not tried again at once", "[odoo]") {
    CHECK(bad_credentials("x").retry_after >= 60'000'000);
}

TEST_CASE("a long message is cut, never within a character", "[odoo]") {
    std::string message(299, 'x');
    message += "ä and more";
    const Error error = judge({.name = "odoo.exceptions.UserError", .message = message}, "POST /", "", "shop");
    CHECK(error.what.ends_with("xä…"));
}

}  // namespace
}  // namespace tributary::odoo
