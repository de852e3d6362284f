#include <arpa/inet.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/kit/table/tests/readme.hpp"
#include "connectors/postgres/connector.hpp"
#include "connectors/postgres/errors.hpp"
#include "connectors/postgres/look.hpp"

namespace tributary::postgres {
namespace {

using Texts = std::vector<std::vector<std::string>>;

/// A result as the server would send it.
Rows rows_of(int columns, const Texts& texts) {
    PGresult* const result = PQmakeEmptyPGresult(nullptr, PGRES_TUPLES_OK);
    std::vector<std::string> names(static_cast<std::size_t>(columns), "c");
    std::vector<PGresAttDesc> descriptions(static_cast<std::size_t>(columns));
    for (std::size_t i = 0; i < names.size(); ++i) descriptions[i].name = names[i].data();
    PQsetResultAttrs(result, columns, descriptions.data());
    for (std::size_t row = 0; row < texts.size(); ++row)
        for (int column = 0; column < columns; ++column) {
            std::string text = texts[row][static_cast<std::size_t>(column)];
            PQsetvalue(result, static_cast<int>(row), column, text.data(), static_cast<int>(text.size()));
        }
    return Rows(result);
}

constexpr std::int64_t second = 1'000'000;

struct Answer {
    bool standby = false;
    bool allowed = true;
    bool tracked = true;
    Texts sessions = {};
    Texts prepared = {};
};

walk::Look look_of(const Answer& answer, std::vector<Condition>& conditions, Stamps stamps = Stamps::database) {
    std::vector<Rows> rows;
    const auto flag = [](bool value) { return std::string(value ? "t" : "f"); };
    rows.push_back(rows_of(5, {{std::to_string(1000 * second), flag(answer.standby), flag(answer.allowed),
                                flag(answer.tracked), "crmfeed"}}));
    rows.push_back(rows_of(4, answer.sessions));
    rows.push_back(rows_of(4, answer.prepared));
    return read_look(rows, stamps, conditions);
}

TEST_CASE("a look that sees every transaction is trusted", "[postgres]") {
    std::vector<Condition> conditions;
    const walk::Look look = look_of({.sessions = {{"r7.1", std::to_string(999 * second), "active", "session 7"}},
                                     .prepared = {{"p9.1", std::to_string(998 * second), "prepared", "'x'"}}},
                                    conditions);
    CHECK(look.trusted);
    CHECK(conditions.empty());
    REQUIRE(look.open.size() == 2);
    CHECK(look.open[0].since == 999 * second);
    CHECK_FALSE(look.open[0].late);
    CHECK(look.open[1].late);
}

TEST_CASE("a look that may miss transactions is not trusted and says why", "[postgres]") {
    const auto code = [](const Answer& answer) {
        std::vector<Condition> conditions;
        CHECK_FALSE(look_of(answer, conditions).trusted);
        REQUIRE(conditions.size() == 1);
        CHECK(conditions[0].what.find("overlap") != std::string::npos);
        return conditions[0].code;
    };
    CHECK(code({.allowed = false}) == "missing_right");
    CHECK(code({.standby = true}) == "standby");
    CHECK(code({.tracked = false}) == "track_activities_off");
    CHECK(code({.sessions = {{"r7.1", "0", "disabled", "session 7"}}}) == "track_activities_off");
}

TEST_CASE("stamps of an application are not trusted, and told until an overlap says how late they come", "[postgres]") {
    for (const Answer& answer : {Answer{}, Answer{.standby = true}, Answer{.allowed = false}}) {
        std::vector<Condition> conditions;
        CHECK_FALSE(look_of(answer, conditions, Stamps::application).trusted);
        REQUIRE(conditions.size() == 1);
        CHECK(conditions[0].code == "stamped_by_application");
        conditions.clear();
        CHECK_FALSE(look_of(answer, conditions, Stamps::application_within_overlap).trusted);
        CHECK(conditions.empty());
    }
}

TEST_CASE("the missing right is named with the statement that gives it", "[postgres]") {
    std::vector<Condition> conditions;
    look_of({.allowed = false}, conditions);
    CHECK(conditions.at(0).what.find("GRANT pg_read_all_stats TO \"crmfeed\"") != std::string::npos);
}

TEST_CASE("a session left idle in a transaction is named after half a minute", "[postgres]") {
    std::vector<Condition> conditions;
    const auto idle = [](std::int64_t since) {
        return Answer{
            .sessions = {{"r7.1", std::to_string(since), "idle in transaction", "session 7 (psql, user bob)"}}};
    };
    look_of(idle(971 * second), conditions);
    CHECK(conditions.empty());
    look_of(idle(970 * second), conditions);
    REQUIRE(conditions.size() == 1);
    CHECK(conditions[0].code == "transaction_left_open");
    CHECK(conditions[0].what.starts_with(
        "session 7 (psql, user bob) holds a transaction open since 1970-01-01T00:16:10"));
}

TEST_CASE("a session that works for long is not named", "[postgres]") {
    std::vector<Condition> conditions;
    look_of({.sessions = {{"r7.1", "0", "active", "session 7"}}}, conditions);
    CHECK(conditions.empty());
}

TEST_CASE("errors are classed by their SQLSTATE", "[postgres]") {
    const auto is = [](const char* state, Verdict verdict, const char* code) {
        const Error error = classified(state, "x");
        CAPTURE(state);
        CHECK(error.verdict == verdict);
        CHECK(error.code == code);
    };
    is("28P01", Verdict::retry, "bad_credentials");
    is("57P01", Verdict::retry, "connection_lost");
    is("40001", Verdict::retry, "source_failed");
    is("55P03", Verdict::retry, "locked");
    is("53300", Verdict::retry, "server_busy");
    is("3D000", Verdict::retry, "no_database");
    is("42P01", Verdict::stop, "undefined_table");
    is("42703", Verdict::stop, "undefined_column");
    is("42501", Verdict::stop, "no_right");
    is("42601", Verdict::stop, "bad_statement");
}

TEST_CASE("a failed connection's message loses its SQLSTATE and its place in the server's source", "[postgres]") {
    const std::string message =
        "connection to server at \"db\" failed: FATAL:  28P01: password authentication failed for user \"a\"\n"
        "LOCATION:  auth_failed, auth.c:338\n";
    CHECK(sqlstate_in(message) == "28P01");
    CHECK(readable(message) ==
          "connection to server at \"db\" failed: FATAL: password authentication failed for user \"a\"");
    CHECK(
        readable("ERROR:  column c.qty does not exist\nLINE 1: ...elect p.place, c.qty\n                            ^\n"
                 "HINT:  Perhaps you meant \"c.quantity\".\n") ==
        "ERROR: column c.qty does not exist HINT: Perhaps you meant \"c.quantity\".");
    CHECK(sqlstate_in("could not translate host name \"x:  y\"").empty());
}

TEST_CASE("a dsn that libpq cannot read is refused without showing it", "[postgres]") {
    using table::test::Configured;
    const Configured wrong(connector(), "dsn: \"postgresql://u:canary@[bad\"", "{table: t, key: [id]}");
    CHECK_FALSE(wrong.usable());
    CHECK(wrong.complaints().find("connection string") != std::string::npos);
    CHECK(wrong.complaints().find("canary") == std::string::npos);
}

/// Speaks the protocol as far as a session that is ready, and then says nothing more.
class SilentServer {
  public:
    SilentServer() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(socket_, 1) == 0);
        REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this] { serve(); });
    }
    ~SilentServer() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    std::string dsn() const {
        return "host=127.0.0.1 user=u dbname=d sslmode=disable gssencmode=disable port=" + std::to_string(port_);
    }

  private:
    void serve() const {
        const int session = ::accept(socket_, nullptr, nullptr);
        std::array<char, 1024> heard{};
        constexpr std::string_view ready("R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I", 15);
        if (::recv(session, heard.data(), heard.size(), 0) > 0) ::send(session, ready.data(), ready.size(), 0);
        while (::recv(session, heard.data(), heard.size(), 0) > 0) continue;
        ::close(session);
    }

    int socket_;
    int port_ = 0;
    std::jthread thread_;
};

TEST_CASE("a server that is there and does not answer holds nobody longer than its statements may run", "[postgres]") {
    const SilentServer server;
    const auto began = std::chrono::steady_clock::now();
    const auto opened = Connection::open({.dsn = server.dsn(),
                                          .application_name = "test",
                                          .statement_timeout = std::chrono::milliseconds(100),
                                          .answer_margin = std::chrono::milliseconds(100)},
                                         {});
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().verdict == Verdict::retry);
    CHECK(opened.error().code == "no_answer");
}

TEST_CASE("the options of postgres are declared soundly and stand in its README", "[postgres]") {
    CHECK(declaration_faults(connector().source_options()).empty());
    table::test::check_readme(connector());
}

}  // namespace
}  // namespace tributary::postgres
