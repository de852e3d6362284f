#include <catch2/catch.hpp>
#include <memory>

#include "connectors/sqlite/connector.hpp"
#include "connectors/sqlite/tests/shop.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::sqlite {
namespace {

using conformance::Configuration;
using conformance::Refused;
using conformance::Rows;
using conformance::Stamp;

/// A table with a watermark, and one without.
class SqliteSubject : public conformance::Subject {
  public:
    explicit SqliteSubject(const Connector& connector) : connector_(connector) {
        shop_.run("pragma journal_mode = delete; pragma synchronous = off");
        for (const char* const table : {"item", "part"})
            shop_.run(std::string("create table ") + table + "(id integer primary key, text text, changed text)");
        shop_.run("create table clock(at integer)");
        shop_.run("insert into clock values (unixepoch() - 30)");
    }

    const Connector& connector() const override { return connector_; }
    Configuration configuration() const override {
        return {source(), {{"item", watched}, {"part", "{table: part, key: [id]}"}}};
    }
    std::string text_column() const override { return "text"; }

    void insert(std::string_view stream, std::span<const std::string> texts, Stamp stamp) override {
        shop_.run("begin");
        if (stamp == Stamp::next) tick();
        for (const std::string& text : texts)
            shop_.run("insert into " + std::string(stream) + "(text, changed) values ('" + text + "', " + now + ")");
        shop_.run("commit");
    }
    Rows rows(std::string_view stream) override {
        Rows rows;
        const auto add = [](void* to, int, char** columns, char**) {
            (*static_cast<Rows*>(to))[columns[0]] = columns[1];
            return 0;
        };
        shop_.run("select id, text from " + std::string(stream), add, &rows);
        return rows;
    }
    bool update(std::string_view stream, const std::string& key, const std::string& text) override {
        tick();
        shop_.run("update " + std::string(stream) + " set text = '" + text + "', changed = " + now +
                  " where id = " + key);
        return true;
    }
    bool remove(std::string_view stream, const std::string& key) override {
        shop_.run("delete from " + std::string(stream) + " where id = " + key);
        return true;
    }
    bool truncate(std::string_view stream) override {
        shop_.run("delete from " + std::string(stream));
        return true;
    }

    bool cut() override {
        shop_.run("begin exclusive");
        return true;
    }
    void restore() override { shop_.run("commit"); }

    std::vector<Refused> refused() const override {
        return {
            {"no file", {"path: /nowhere/at.db", {{"item", watched}}}, Verdict::retry},
            {"no table", {source(), {{"item", "{table: absent, key: [id]}"}}}, Verdict::stop},
            {"no key column", {source(), {{"item", "{table: item, key: [number]}"}}}, Verdict::stop},
            {"a query that is none", {source(), {{"item", "{query: selec 1, key: [id]}"}}}, Verdict::stop},
        };
    }
    Configuration endless() const override {
        return {source(),
                {{"item",
                  "{query: \"with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) as id, '' "
                  "as text from n\", key: [id]}"}}};
    }

  private:
    static constexpr const char* watched = "{table: item, key: [id], watermark: {column: changed}}";
    static constexpr const char* now = "(select datetime(at, 'unixepoch') from clock)";

    std::string source() const { return "{path: " + shop_.path() + ", busy_timeout: 20ms}"; }
    void tick() { shop_.run("update clock set at = at + 1"); }

    const Connector& connector_;
    test::Shop shop_;
};

TEST_CASE("sqlite conforms", "[sqlite][conformance]") {
    conformance::require_conformance([] { return std::make_shared<SqliteSubject>(connector()); });
}

TEST_CASE("the sqlite that skips ties breaks tie_skipped", "[sqlite][conformance][mutant]") {
    const auto wrong = connector_with({.ties_by_key = false});
    std::string broken;
    for (const auto& one : conformance::violations([&] { return std::make_shared<SqliteSubject>(*wrong); }))
        broken += std::string(name_of(one.rule)) + " ";
    CHECK(broken == "tie_skipped ");
}

}  // namespace
}  // namespace tributary::sqlite
