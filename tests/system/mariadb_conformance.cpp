#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "connectors/mariadb/connector.hpp"
#include "tests/conformance/catch.hpp"
#include "tests/system/mariadb_session.hpp"

namespace tributary::mariadb {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

/// A database with two tables and a user that reads them.
class MariadbSubject : public conformance::Subject {
  public:
    MariadbSubject() {
        drop();
        session_.run("create user conformance@'127.0.0.1' identified by '" + secret + "'");
        session_.run("create database conn");
        session_.run("grant select on conn.* to conformance@'127.0.0.1'");
        for (const char* const table : {"item", "part"})
            session_.run(std::string("create table conn.") + table +
                         "(id int auto_increment primary key, text text, changed timestamp not null default "
                         "current_timestamp on update current_timestamp, key (changed, id))");
    }
    ~MariadbSubject() override { drop(); }

    const Connector& connector() const override { return mariadb::connector(); }
    Configuration configuration() const override {
        return {source(), {{"item", watched}, {"part", "{table: part, key: [id]}"}}};
    }
    std::string text_column() const override { return "text"; }
    std::vector<std::string> secrets() const override { return {secret}; }

    /// The server stamps, to the second: most rows of a test are tied.
    void insert(std::string_view stream, std::span<const std::string> texts, Stamp) override {
        session_.run("begin");
        for (const std::string& text : texts)
            session_.run("insert into conn." + std::string(stream) + "(text) values ('" + text + "')");
        session_.run("commit");
    }
    Rows rows(std::string_view stream) override {
        Rows rows;
        const std::string sql = "select id, text from conn." + std::string(stream);
        CHECK(mysql_query(session_.handle(), sql.c_str()) == 0);
        MYSQL_RES* const result = mysql_store_result(session_.handle());
        while (const MYSQL_ROW row = mysql_fetch_row(result)) rows[row[0]] = row[1];
        mysql_free_result(result);
        return rows;
    }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        session_.run("update conn." + std::string(stream) + " set text = '" + text +
                     "', changed = current_timestamp where id = " + key);
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        if (stream == "item") return false;
        session_.run("delete from conn.part where id = " + key);
        return true;
    }
    bool truncate(std::string_view stream) override {
        if (stream == "item") return false;
        session_.run("truncate conn.part");
        return true;
    }

    bool cut() override {
        session_.run("alter user conformance@'127.0.0.1' account lock");
        session_.run("kill user conformance@'127.0.0.1'");
        return true;
    }
    void restore() override { session_.run("alter user conformance@'127.0.0.1' account unlock"); }

    std::vector<Refused> refused() const override {
        const auto reading = [](const std::string& definition) {
            return Configuration{source(), {{"item", definition}}};
        };
        return {
            {"no server",
             {"{port: 1, user: u, password: " + secret + ", database: conn}", {{"item", watched}}},
             Verdict::retry},
            {"no such user", {test::source("nobody", secret), {{"item", watched}}}, Verdict::retry},
            {"no table", reading("{table: absent, key: [id]}"), Verdict::stop},
            {"no key column", reading("{table: item, key: [number]}"), Verdict::stop},
            {"a query that is none", reading("{query: selec 1, key: [id]}"), Verdict::stop},
        };
    }
    Configuration endless() const override {
        return {source(), {{"item", "{query: \"select 1 as id, sleep(600) as text\", key: [id]}"}}};
    }

  private:
    static constexpr const char* watched = "{table: item, key: [id], watermark: {column: changed}}";
    inline static const std::string secret = "c4n4ry-0f-c0nf0rm4nce";

    static std::string source() { return test::source("conformance", secret); }
    void drop() {
        session_.run("drop database if exists conn");
        session_.run("drop user if exists conformance@'127.0.0.1'");
    }

    test::Session session_;
};

TEST_CASE("mariadb conforms", "[mariadb][conformance]") {
    conformance::require_conformance([] { return std::make_shared<MariadbSubject>(); });
}

}  // namespace
}  // namespace tributary::mariadb
