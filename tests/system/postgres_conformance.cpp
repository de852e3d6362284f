#include <libpq-fe.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "connectors/postgres/connector.hpp"
#include "core/settings/yaml.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::postgres {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

/// A schema with two tables and a role that reads them; the environment names the server (PG_DSN).
class PostgresSubject : public conformance::Subject {
  public:
    PostgresSubject() : handle_(PQconnectdb(dsn_as("postgres").c_str())) {
        REQUIRE(PQstatus(handle_) == CONNECTION_OK);
        run("set client_min_messages = warning");
        drop();
        run("create role conformance login; grant pg_read_all_data, pg_read_all_stats to conformance");
        run("create schema conformance");
        for (const char* const table : {"item", "part"})
            run(std::string("create table conformance.") + table +
                "(id int generated always as identity primary key, text text, changed timestamptz(0) not null default "
                "now())");
    }
    ~PostgresSubject() override {
        drop();
        PQfinish(handle_);
    }
    PostgresSubject(const PostgresSubject&) = delete;
    PostgresSubject& operator=(const PostgresSubject&) = delete;

    const Connector& connector() const override { return postgres::connector(); }
    Configuration configuration() const override {
        return {source(), {{"item", watched}, {"part", "{table: conformance.part, key: [id]}"}}};
    }
    std::string text_column() const override { return "text"; }
    std::vector<std::string> secrets() const override { return {secret}; }

    /// The server stamps, to the second: most rows of a test are tied.
    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        std::string sql = "begin";
        for (const std::string& text : texts)
            sql += "; insert into conformance." + std::string(stream) + "(text) values ('" + text + "')";
        run(sql + "; commit");
    }
    Rows rows(std::string_view stream) override {
        Rows rows;
        PGresult* const result = PQexec(handle_, ("select id, text from conformance." + std::string(stream)).c_str());
        CHECK(PQresultStatus(result) == PGRES_TUPLES_OK);
        for (int i = 0; i < PQntuples(result); ++i) rows[PQgetvalue(result, i, 0)] = PQgetvalue(result, i, 1);
        PQclear(result);
        return rows;
    }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        run("update conformance." + std::string(stream) + " set text = '" + text +
            "', changed = now() where id = " + key);
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        run("delete from conformance." + std::string(stream) + " where id = " + key);
        return true;
    }
    bool truncate(std::string_view stream) override {
        run("truncate conformance." + std::string(stream));
        return true;
    }

    bool cut() override {
        run("alter role conformance nologin");
        run("select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = 'conformance'");
        return true;
    }
    void restore() override { run("alter role conformance login"); }

    std::vector<Refused> refused() const override {
        const auto reading = [](const std::string& definition) {
            return Configuration{source(), {{"item", definition}}};
        };
        return {
            {"no server",
             {"dsn: \"postgresql://u:" + secret + "@127.0.0.1:1/lab\"", {{"item", watched}}},
             Verdict::retry},
            {"no such user", {quoted(dsn_as("nobody:" + secret)), {{"item", watched}}}, Verdict::retry},
            {"no table", reading("{table: conformance.absent, key: [id]}"), Verdict::stop},
            {"no key column", reading("{table: conformance.item, key: [number]}"), Verdict::stop},
            {"a query that is none", reading("{query: selec 1, key: [id]}"), Verdict::stop},
        };
    }
    Configuration endless() const override {
        return {source(), {{"item", "{query: \"select 1 as id, '' as text from pg_sleep(600)\", key: [id]}"}}};
    }

  private:
    static constexpr const char* watched = "{table: conformance.item, key: [id], watermark: {column: changed}}";
    inline static const std::string secret = "c4n4ry-0f-c0nf0rm4nce";

    static std::string dsn_as(const std::string& user) {
        auto dsn = process_environment()("PG_DSN");
        if (!dsn) FAIL("PG_DSN is not set: start a lab first");
        return dsn->replace(dsn->find("postgres@"), 8, user);
    }
    static std::string quoted(const std::string& dsn) { return "dsn: \"" + dsn + "\""; }
    static std::string source() { return quoted(dsn_as("conformance:" + secret)); }

    void drop() { run("drop schema if exists conformance cascade; drop role if exists conformance"); }
    void run(const std::string& sql) {
        PGresult* const result = PQexec(handle_, sql.c_str());
        INFO(sql << ": " << PQresultErrorMessage(result));
        const ExecStatusType status = PQresultStatus(result);
        CHECK((status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK));
        PQclear(result);
    }

    PGconn* handle_;
};

TEST_CASE("postgres conforms", "[postgres][conformance]") {
    conformance::require_conformance([] { return std::make_shared<PostgresSubject>(); });
}

}  // namespace
}  // namespace tributary::postgres
