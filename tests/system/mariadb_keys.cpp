#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "connectors/kit/table/tests/reading.hpp"
#include "connectors/mariadb/connector.hpp"
#include "tests/system/mariadb_session.hpp"

/// What the mariadb connector lists as a key is found again when it is asked for: one that is not would be deleted.
namespace tributary::mariadb {
namespace {

using table::test::Configured;
using test::Session;

class KeyShop : public Session {
  public:
    KeyShop() {
        drop();
        run("create database conn");
        run("use conn");
        run("create user keyreader@'127.0.0.1' identified by 'canary'");
        run("grant select on conn.* to keyreader@'127.0.0.1'");
    }
    ~KeyShop() { drop(); }

  private:
    void drop() {
        run("drop database if exists conn");
        run("drop user if exists keyreader@'127.0.0.1'");
    }
};

/// A date may be none, and stands in a column as text then.
bool is_read_otherwise(const std::string& type) { return type == "date" || type.starts_with("timestamp"); }

TEST_CASE("on MariaDB keys of every type that can be one are found by their canonical texts", "[mariadb]") {
    KeyShop shop;
    const auto [type, values] = GENERATE(Catch::Generators::table<std::string, std::string>({
        {"tinyint(1)", "(0), (1), (7), (-3)"},
        {"bigint", "(-9223372036854775808), (0), (9223372036854775807)"},
        {"bigint unsigned", "(0), (9223372036854775808), (18446744073709551615)"},
        {"int(6) zerofill", "(7), (123456)"},
        {"year", "(1901), (2026)"},
        {"bit(1)", "(b'0'), (b'1')"},
        {"bit(8)", "(5), (16), (255), (0)"},
        {"bit(64)", "(1), (10), (18446744073709551615)"},
        {"decimal(30,4)", "(-1.5), (0), (12345678901234567890123456.7800)"},
        {"date", "('0001-01-01'), ('9999-12-31'), ('0000-00-00')"},
        {"timestamp(6)", "('2026-03-29 01:30:00.000001'), ('1970-01-02 00:00:00')"},
        {"time", "('-838:59:59'), ('00:00:01')"},
        {"uuid", "('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')"},
        {"enum('z', 'a', '10')", "('z'), ('a'), ('10')"},
        {"set('x', 'y')", "('x'), ('x,y')"},
        {"char(6)", "('a'), ('B c'), ('ä/%')"},
        {"varchar(20)", "('10'), ('1e1'), ('0x10'), ('a''b\\\\c'), ('ä')"},
        {"varchar(20) character set latin1", "('é'), ('A')"},
        {"binary(3)", "(x'0010ff'), (x'100000')"},
        {"varbinary(8)", "(x'05'), (x'10'), (x'')"},
        {"inet6", "('::1'), ('2001:db8::ff')"},
    }));
    CAPTURE(type);
    shop.run("set sql_mode = ''");
    shop.run("create table item(id " + type + ", name int, primary key (id))");
    shop.run("insert into item(id) values " + values);
    const auto feed = Configured(connector(), test::source("keyreader", "canary"), "{table: item, key: [id]}").open();
    const auto listed = feed->keys(0, "", 100, {});
    REQUIRE(listed);
    const auto written = static_cast<std::size_t>(std::ranges::count(values, '('));
    CHECK(listed->size() == written);
    std::vector<std::vector<std::string>> keys;
    for (const KeyVersion& key : *listed) {
        const std::vector<std::vector<std::string>> alone{key.key};
        const auto one = feed->fetch(0, alone, {});
        INFO("asked for '" << key.key.front() << "'");
        REQUIRE(one);
        CHECK(one->rows.size() == 1);
        const auto searched = feed->search(0, {{"id"}, alone}, {}, {}, {});
        REQUIRE(searched.has_value() == !is_read_otherwise(type));
        if (searched) CHECK(searched->rows.size() == 1);
        keys.push_back(key.key);
    }
    const auto all = feed->fetch(0, keys, {});
    REQUIRE(all);
    CHECK(all->rows.size() == written);
    // the key of a look-up is of a type of its own
    for (const char* other : {"N30", "", "-", "1--", "--1", "1-1", "'", "\\", "99999999999999999999", "1 or 1"}) {
        INFO("searched for '" << other << "'");
        const auto none = feed->search(0, {{"id"}, {{other}}}, {}, {}, {});
        REQUIRE(none.has_value() == !is_read_otherwise(type));
        // what begins like a time is one for the server; an empty one of bytes is there
        const bool may_fit = type == "time" || (type == "varbinary(8)" && *other == '\0');
        if (none && !may_fit) CHECK(none->rows.empty());
    }
}

}  // namespace
}  // namespace tributary::mariadb
