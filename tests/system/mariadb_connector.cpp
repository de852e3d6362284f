#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kit/table/tests/reading.hpp"
#include "connectors/mariadb/connector.hpp"
#include "tests/system/mariadb_session.hpp"

/// The mariadb connector against a real server.
namespace tributary::mariadb {
namespace {

using table::test::at;
using table::test::Configured;
using table::test::drain;
using table::test::has;
using table::test::pulled;
using test::Session;

/// A database of its own for each test, one user who may only read it and one who also sees others' transactions.
class Shop : public Session {
  public:
    Shop() {
        drop();
        run("create database conn");
        run("use conn");
        for (const char* const user : {"reader", "monitor"}) {
            run(std::string("create user ") + user + "@'127.0.0.1' identified by 'canary'");
            run(std::string("grant select on conn.* to ") + user + "@'127.0.0.1'");
        }
        run("grant process on *.* to monitor@'127.0.0.1'");
    }
    ~Shop() { drop(); }

    void make_items(int count) {
        run("create table item(id int primary key, name varchar(40), changed timestamp(6) not null default "
            "current_timestamp(6), key (changed, id))");
        run("insert into item select seq, concat('n', seq), now(6) - interval 1 hour from seq_1_to_" +
            std::to_string(count));
    }

  private:
    void drop() {
        run("drop database if exists conn");
        for (const char* const user : {"reader", "monitor", "stranger"})
            run(std::string("drop user if exists ") + user + "@'127.0.0.1'");
    }
};

constexpr const char* watched = "{table: item, key: [id], watermark: {column: changed}}";

std::string source(const std::string& user = "monitor", const std::string& more = "") {
    return test::source(user, "canary", more);
}

std::unique_ptr<Feed> opened(const std::string& stream, const std::string& user = "monitor",
                             const std::string& time_zone = "", std::vector<std::string> columns = {}) {
    return Configured(connector(), source(user), stream, std::move(columns), time_zone).open();
}

Error refused(const std::string& source, const std::string& stream, std::vector<std::string> columns = {},
              const std::string& time_zone = "") {
    const auto batch = Configured(connector(), source, stream, std::move(columns), time_zone).open()->pull({}, {}, {});
    REQUIRE_FALSE(batch);
    CHECK(batch.error().what.find("canary") == std::string::npos);
    return batch.error();
}

std::string text(const Row& row, const char* column) { return walk::mark_of(at(row, column)).text; }
Kind kind(const Row& row, const char* column) { return at(row, column).kind; }

/// A column of each type, its ends and the odd values between, and what becomes of them.
struct TypeCase {
    const char* type;
    const char* literal;
    Kind kind;
    const char* text;
};

constexpr TypeCase type_cases[] = {
    {"tinyint", "-128", Kind::integer, "-128"},
    {"tinyint unsigned", "255", Kind::integer, "255"},
    {"tinyint(1)", "1", Kind::boolean, "true"},
    {"boolean", "false", Kind::boolean, "false"},
    {"tinyint(1)", "7", Kind::integer, "7"},
    {"smallint", "-32768", Kind::integer, "-32768"},
    {"smallint unsigned", "65535", Kind::integer, "65535"},
    {"mediumint", "-8388608", Kind::integer, "-8388608"},
    {"mediumint unsigned", "16777215", Kind::integer, "16777215"},
    {"int", "-2147483648", Kind::integer, "-2147483648"},
    {"int unsigned", "4294967295", Kind::integer, "4294967295"},
    {"int(8) zerofill", "42", Kind::integer, "42"},
    {"bigint", "-9223372036854775808", Kind::integer, "-9223372036854775808"},
    {"bigint", "9223372036854775807", Kind::integer, "9223372036854775807"},
    {"bigint unsigned", "9223372036854775807", Kind::integer, "9223372036854775807"},
    {"bigint unsigned", "18446744073709551615", Kind::decimal, "18446744073709551615"},
    {"decimal(65,30)", "12345678901234567890123456789012345.123456789012345678901234567891", Kind::decimal,
     "12345678901234567890123456789012345.123456789012345678901234567891"},
    {"decimal(12,4)", "-12.5", Kind::decimal, "-12.5000"},
    {"decimal(12,2)", "0", Kind::decimal, "0.00"},
    {"float", "0.1", Kind::real, "0.1"},
    {"float", "16777217", Kind::real, "16777216"},
    {"float", "-3.4028235e38", Kind::real, "-3.4028235e+38"},
    {"double", "1.7976931348623157e308", Kind::real, "1.7976931348623157e+308"},
    {"double", "0.1", Kind::real, "0.1"},
    {"double", "5e-324", Kind::real, "5e-324"},
    {"bit(1)", "b'1'", Kind::boolean, "true"},
    {"bit(9)", "b'100000001'", Kind::integer, "257"},
    {"bit(64)", "18446744073709551615", Kind::decimal, "18446744073709551615"},
    {"date", "'0001-01-01'", Kind::date, "0001-01-01"},
    {"date", "'9999-12-31'", Kind::date, "9999-12-31"},
    {"date", "'0000-00-00'", Kind::null, ""},
    {"date", "'2026-02-00'", Kind::text, "2026-02-00"},
    {"date", "'2026-02-31'", Kind::text, "2026-02-31"},
    {"datetime(6)", "'0001-01-01 00:00:00.000001'", Kind::naive, "0001-01-01T00:00:00.000001"},
    {"datetime(6)", "'9999-12-31 23:59:59.999999'", Kind::naive, "9999-12-31T23:59:59.999999"},
    {"datetime", "'2026-10-25 02:30:00'", Kind::naive, "2026-10-25T02:30:00.000000"},
    {"datetime(2)", "'2026-10-25 02:30:00.12'", Kind::naive, "2026-10-25T02:30:00.120000"},
    {"datetime", "'0000-00-00 00:00:00'", Kind::null, ""},
    {"timestamp(6) null", "'1970-01-01 00:00:01'", Kind::instant, "1970-01-01T00:00:01.000000Z"},
    {"timestamp(6) null", "'2038-01-19 03:14:07.999999'", Kind::instant, "2038-01-19T03:14:07.999999Z"},
    {"timestamp null", "'0000-00-00 00:00:00'", Kind::null, ""},
    {"time(6)", "'-838:59:59.999999'", Kind::text, "-838:59:59.999999"},
    {"year", "1901", Kind::integer, "1901"},
    {"year", "2155", Kind::integer, "2155"},
    {"char(5)", "'ab'", Kind::text, "ab"},
    {"varchar(20) character set latin1", "'Łódź, Zürich'", Kind::text, "?ód?, Zürich"},
    {"varchar(20) character set latin1 collate latin1_german1_ci", "'Größe €'", Kind::text, "Größe €"},
    {"varchar(20) character set latin2", "'Łódź'", Kind::text, "Łódź"},
    {"varchar(20) character set utf8mb3", "'żółć'", Kind::text, "żółć"},
    {"varchar(20) character set utf8mb4", "'😀'", Kind::text, "😀"},
    {"varchar(20) character set ucs2", "'żółć'", Kind::text, "żółć"},
    {"longtext", "''", Kind::text, ""},
    {"tinytext", "'x'", Kind::text, "x"},
    {"binary(4)", "x'00ff'", Kind::bytes, "00ff0000"},
    {"varbinary(4)", "x'00ff'", Kind::bytes, "00ff"},
    {"blob", "''", Kind::bytes, ""},
    {"longblob", "x'0a27'", Kind::bytes, "0a27"},
    {"enum('sad','happy')", "'happy'", Kind::text, "happy"},
    {"set('a','b','c')", "'c,a'", Kind::text, "a,c"},
    {"json", "'{\"b\": 1,  \"a\": [1.10]}'", Kind::json, "{\"b\": 1,  \"a\": [1.10]}"},
    {"uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", Kind::uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"inet6", "'2001:DB8::1'", Kind::text, "2001:db8::1"},
    {"inet4", "'192.0.2.1'", Kind::text, "192.0.2.1"},
};

TEST_CASE("on MariaDB values of every type are exact at their ends", "[mariadb]") {
    Shop shop;
    std::string create = "create table item(id int primary key", values = "1";
    int number = 0;
    for (const TypeCase& one : type_cases) {
        create += ", c" + std::to_string(number++) + " " + one.type;
        values += std::string(", ") + one.literal;
    }
    shop.run(create + ")");
    shop.run("insert into item values (" + values + ")");
    shop.run("insert into item(id) values (2)");
    const auto feed = opened("{table: item, key: [id]}");
    const Batch batch = pulled(*feed, {});
    REQUIRE(batch.rows.size() == 2);
    number = 0;
    for (const TypeCase& one : type_cases) {
        const std::string column = "c" + std::to_string(number++);
        INFO(one.type << " " << one.literal);
        CHECK(kind(batch.rows[0], column.c_str()) == one.kind);
        CHECK(text(batch.rows[0], column.c_str()) == one.text);
        CHECK(kind(batch.rows[1], column.c_str()) == Kind::null);
    }
}

TEST_CASE("on MariaDB a geometry stops the stream by name, unless nobody reads it", "[mariadb]") {
    Shop shop;
    shop.run("create table item(id int primary key, place point, name text)");
    shop.run("insert into item values (1, point(1, 2), 'a')");
    const Error error = refused(source(), "{table: item, key: [id]}");
    CHECK(error.verdict == Verdict::stop);
    CHECK(error.code == "unsupported_type");
    CHECK(error.what.find("'place'") != std::string::npos);
    CHECK(pulled(*opened("{table: item, key: [id]}", "reader", "", {"name"}), {}).rows.size() == 1);
    const auto query = opened("{query: 'select id, st_astext(place) as place from item', key: [id]}");
    const Batch batch = pulled(*query, {});
    CHECK(text(batch.rows.at(0), "place") == "POINT(1 2)");
}

/// All rows, a row a page; each `name` must come once.
std::string one_by_one(Feed& feed, std::size_t most) {
    std::string all;
    Position position;
    for (std::size_t i = 0; i < most; ++i) {
        const Batch batch = pulled(feed, position, {.rows = 1});
        for (const Row& row : batch.rows) all += at(row, "name").view();
        position = batch.next;
    }
    return all;
}

TEST_CASE("on MariaDB a page begins behind a key of any type", "[mariadb]") {
    const auto [type, first, second, third] =
        GENERATE(Catch::Generators::table<const char*, const char*, const char*, const char*>({
            {"bigint unsigned", "1", "9223372036854775808", "18446744073709551615"},
            {"decimal(40,10)", "-1", "0", "123456789012345678901234567890.1234567891"},
            {"varchar(20) character set latin1", "'a'", "'ä'''", "'b\\\\'"},
            {"varchar(20)", "'a'", "'b'", "'ż; drop table item'"},
            {"datetime(6)", "'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:00.000002'", "'9999-12-31'"},
            {"timestamp(6)", "'2026-01-01 00:00:00.000001'", "'2026-01-01 00:00:00.000002'", "'2038-01-01'"},
            {"date", "'0000-00-00'", "'2026-01-01'", "'2026-02-31'"},
            {"time(3)", "'-10:00:00'", "'09:00:00'", "'100:00:00.5'"},
            {"binary(2)", "x'0000'", "x'0027'", "x'ff00'"},
            {"enum('z','m','a')", "'a'", "'m'", "'z'"},
            {"bit(9)", "b'1'", "b'10'", "b'100000000'"},
            {"uuid", "uuid()", "uuid()", "uuid()"},
            {"inet6", "'::1'", "'::2'", "'2001:db8::1'"},
            {"boolean", "0", "1", "2"},
            {"year", "1901", "2000", "2155"},
        }));
    Shop shop;
    INFO(type);
    shop.run(std::string("create table item(k ") + type + " primary key, name text)");
    shop.run(std::string("insert into item values (") + third + ", '3'), (" + first + ", '1'), (" + second + ", '2')");
    std::string read = one_by_one(*opened("{table: item, key: [k]}"), 3);
    std::sort(read.begin(), read.end());
    CHECK(read == "123");
}

TEST_CASE("on MariaDB keys that a collation holds for equal are rows of their own", "[mariadb]") {
    Shop shop;
    shop.run("create table item(code varchar(20), region varchar(5), name text)");
    shop.run(
        "insert into item values ('a', 'x', '1'), ('A', 'x', '2'), ('a ', 'x', '3'), ('B', 'x', '4'), ('Ä', 'x', '5')");
    SECTION("in a table without a unique index") {
        std::string read = one_by_one(*opened("{table: item, key: [region, code]}"), 5);
        std::sort(read.begin(), read.end());
        CHECK(read == "12345");
    }
    SECTION("in a query") {
        shop.run("create table other(code varchar(20) character set latin1 primary key)");
        shop.run("insert into other values ('x'), ('y')");
        std::string read =
            one_by_one(*opened("{query: 'select concat(i.code, o.code) as k, i.name from item i, other o "
                               "where o.code = ''x''', key: [k]}"),
                       5);
        std::sort(read.begin(), read.end());
        CHECK(read == "12345");
    }
}

TEST_CASE("on MariaDB quotes in names do no harm", "[mariadb]") {
    Shop shop;
    shop.run("create table `od.d`(`k'ey` varchar(40) primary key, `na``me` text)");
    shop.run(R"(insert into `od.d` values ('a''; drop table x; --', '1'), ('b\\', '2'), ('c', '3'))");
    const auto feed = opened(R"({table: 'conn."od.d"', key: ["k'ey"]})");
    std::string all;
    Position position;
    for (int i = 0; i < 3; ++i) {
        const Batch batch = pulled(*feed, position, {.rows = 1});
        REQUIRE(batch.rows.size() == 1);
        all += at(batch.rows[0], "na`me").view();
        position = batch.next;
    }
    CHECK(all == "123");
}

/// What the server did for a statement of this session: rows it read by index or in sequence.
int rows_read(Session& session, const std::string& sql) {
    session.run("flush status");
    session.run(sql);
    return std::stoi(
        session.run("select sum(variable_value) from information_schema.session_status where variable_name "
                    "in ('handler_read_next', 'handler_read_rnd_next', 'handler_read_key', "
                    "'handler_read_first', 'handler_read_prev')"));
}

/// The last statement the connector sent that begins so, taken from the server's general log.
std::string last_statement(Session& session, const std::string& beginning) {
    return session.run("select argument from mysql.general_log where command_type = 'Query' and argument like '" +
                       beginning + "%' order by event_time desc limit 1");
}

TEST_CASE("on MariaDB a page deep in a table reads no more rows than it brings", "[mariadb]") {
    Shop shop;
    shop.run(
        "create table item(region varchar(10), id int, name text, changed timestamp(6) not null, "
        "primary key (region, id), key (changed))");
    shop.run("insert into item select concat('r', seq % 3), seq, 'n', now(6) - interval 1 hour from seq_1_to_20000");
    shop.run("analyze table item");
    shop.run("set global log_output = 'TABLE', general_log = on");
    const std::string stream = "{table: item, key: [region, id], watermark: {column: changed}}";
    const auto feed = opened(stream);
    Position position;
    std::string page;
    SECTION("by key") {
        for (int i = 0; i < 15; ++i) position = pulled(*feed, position, {.rows = 1000}).next;
        page = last_statement(shop, "select r.%");
        CHECK(page.find("`region` >= 'r2'") != std::string::npos);
    }
    SECTION("by watermark and key, among rows that are stamped alike") {
        drain(*feed, position);
        shop.run("update item set changed = now(6)");
        for (int i = 0; i < 15; ++i) position = pulled(*feed, position, {.rows = 1000}).next;
        page = last_statement(shop, "select r.%");
        CHECK(page.find("`changed` >= timestamp'") != std::string::npos);
    }
    shop.run("set global general_log = off");
    shop.run("truncate mysql.general_log");
    INFO(page);
    CHECK(page.find("limit 1000") != std::string::npos);
    CHECK(rows_read(shop, page) < 3'000);
}

TEST_CASE("on MariaDB a load goes on from any of its positions and is followed by a poll", "[mariadb]") {
    Shop shop;
    shop.make_items(40);
    const auto feed = opened(watched);
    std::vector<Position> positions;
    Position position;
    for (std::size_t read = 0; read < 40; read += 7) {
        const Batch batch = pulled(*feed, position, {.rows = 7});
        CHECK(batch.cause == Cause::load);
        CHECK(batch.progress.expected > 0);
        position = batch.next;
        positions.push_back(position);
    }
    for (std::size_t i = 0; i < positions.size(); ++i) {
        Position from = positions[i];
        const auto rows = drain(*opened(watched), from);
        CHECK(rows.size() >= 40 - std::min<std::size_t>(40, 7 * (i + 1)));
    }
    drain(*feed, position);
    shop.run("insert into item(id, name) values (41, 'new')");
    CHECK(has(drain(*feed, position), "new"));
}

TEST_CASE("on MariaDB a row that commits within the overlap after it was stamped is found, one behind it is not",
          "[mariadb]") {
    Shop shop;
    shop.make_items(3);
    const auto feed = opened(watched, "reader");
    Position position;
    drain(*feed, position);
    shop.run(
        "insert into item values (10, 'near', now(6) - interval 55 second), "
        "(11, 'far', now(6) - interval 70 second)");
    const auto rows = drain(*feed, position);
    CHECK(has(rows, "near"));
    CHECK_FALSE(has(rows, "far"));
}

bool becomes(Session& shop, const char* sql, const std::string& answer) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (shop.attempt(sql) != answer)
        if (std::chrono::steady_clock::now() > deadline) return false;
    return true;
}

/// Until the server's clock is so many seconds on.
void wait_for_clock(Shop& shop, const std::string& seconds) {
    shop.run("set @until = now(6) + interval " + seconds + " second");
    CHECK(becomes(shop, "select now(6) >= @until", "1"));
}

TEST_CASE("on MariaDB the right PROCESS finds what a transaction left open wrote long ago", "[mariadb]") {
    const auto [user, overlap, found] = GENERATE(Catch::Generators::table<const char*, const char*, bool>(
        {{"monitor", "0s", true}, {"reader", "0s", false}, {"reader", "60s", true}}));
    Shop shop;
    shop.make_items(3);
    Session late;
    late.run("use conn");
    late.run("begin");
    late.run("insert into item(id, name) values (10, 'late')");
    const auto feed =
        opened(std::string("{table: item, key: [id], watermark: {column: changed, overlap: ") + overlap + "}}", user);
    Position position;
    drain(*feed, position);
    // An overlap of none reaches back by the list's whole second and a bit.
    wait_for_clock(shop, "3");
    shop.run("insert into item(id, name) values (11, 'other')");
    const auto before = drain(*feed, position);
    CHECK(has(before, "other"));
    CHECK_FALSE(has(before, "late"));
    late.run("commit");
    // InnoDB's list is renewed when nobody has read it for a tenth of a second.
    wait_for_clock(shop, "0.2");
    INFO(user << " " << overlap);
    CHECK(has(drain(*feed, position), "late") == found);
}

std::string conditions_of(const Batch& batch) {
    std::string all;
    for (const Condition& condition : batch.conditions) all += condition.code + ": " + condition.what + "\n";
    return all;
}

TEST_CASE("on MariaDB without PROCESS each poll says what the overlap promises", "[mariadb]") {
    Shop shop;
    shop.make_items(3);
    const auto said = [](const std::string& user, const std::string& stream) {
        return conditions_of(pulled(*opened(stream, user), {}));
    };
    const std::string blind = said("reader", watched);
    CHECK(blind.find("missing_right: user reader@127.0.0.1 cannot see") == 0);
    CHECK(blind.find("by the overlap, 60s,") != std::string::npos);
    CHECK(blind.find("GRANT PROCESS ON *.* TO reader@127.0.0.1") != std::string::npos);
    CHECK(said("reader", "{table: item, key: [id], watermark: {column: changed, overlap: 300s}}").find("300s") !=
          std::string::npos);
    CHECK(said("monitor", watched).empty());
    CHECK(said("reader", "{table: item, key: [id]}").empty());
}

TEST_CASE("on MariaDB nothing a writer commits within the overlap is lost beside eight of them", "[mariadb]") {
    Shop shop;
    shop.make_items(100);
    shop.run("alter table item add rev int not null default 0");
    const auto feed = opened(watched, "reader");
    std::atomic<int> writing = 8;
    std::atomic<int> failed = 0;
    std::vector<Session> sessions(8);
    std::vector<std::thread> writers;
    writers.reserve(sessions.size());
    for (int number = 0; number < 8; ++number)
        writers.emplace_back([&, number] {
            const auto run = [&](const std::string& sql) {
                failed += !sessions[static_cast<std::size_t>(number)].attempt(sql);
            };
            run("use conn");
            for (int i = 0; i < 60; ++i) {
                const std::string id = std::to_string((number * 37 + i * 11) % 100 + 1);
                run("begin");
                run("update item set rev = rev + 1, changed = now(6) where id = " + id);
                if (i % 10 == 0) run("do sleep(0.2)");
                run(i % 7 == 0 ? "rollback" : "commit");
            }
            --writing;
        });
    table::test::Revisions revisions(*feed);
    while (writing > 0) revisions.poll();
    for (std::thread& writer : writers) writer.join();
    CHECK(failed == 0);
    while (revisions.poll()) continue;
    while (revisions.poll()) continue;
    CHECK(std::to_string(revisions.sum()) == shop.run("select sum(rev) from item"));
}

TEST_CASE("on MariaDB a datetime watermark is counted in the source's zone", "[mariadb]") {
    Shop shop;
    shop.run("create table item(id int primary key, name text, changed datetime not null)");
    shop.run("insert into item values (1, 'old', now() + interval 14 hour - interval 2 hour)");
    const auto feed = opened(watched, "reader", "Pacific/Kiritimati");
    Position position;
    CHECK(drain(*feed, position).size() == 1);
    CHECK(drain(*feed, position).empty());
    shop.run("insert into item values (2, 'new', now() + interval 14 hour), (3, 'utc', now())");
    const auto rows = drain(*feed, position);
    CHECK(has(rows, "new"));
    CHECK_FALSE(has(rows, "utc"));
    const Error error = refused(source("reader"), watched);
    CHECK(error.verdict == Verdict::stop);
    CHECK(error.what.find("time_zone") != std::string::npos);
}

constexpr const char* with_lines =
    "{table: orders, key: [id], watermark: {column: changed}, include: {lines: {table: line, on: {order_no: number}, "
    "key: [no]}}}";

void make_orders(Shop& shop) {
    shop.run(
        "create table orders(id int primary key, number varchar(10) character set latin1 unique, total int, "
        "changed timestamp not null default current_timestamp)");
    shop.run(
        "create table line(order_no varchar(10) character set latin1, no int, qty int, primary key (order_no, no))");
}

TEST_CASE("on MariaDB children come with their parents, ordered by key, whatever the key's type", "[mariadb]") {
    Shop shop;
    make_orders(shop);
    shop.run("insert into orders(id, number) values (1, 'ä1'), (2, 'b''2'), (3, 'C3')");
    shop.run("insert into line values ('ä1', 2, 5), ('ä1', 1, 4), ('c3', 1, 9), ('orphan', 1, 1)");
    const std::size_t rows = GENERATE(1, 2, 10);
    const auto feed = opened(with_lines);
    std::string all;
    Position position;
    for (bool more = true; more;) {
        const Batch batch = pulled(*feed, position, {.rows = rows});
        for (const Row& row : batch.rows) {
            all += std::to_string(row.key[0].integer) + ":";
            for (const Value& line : at(row, "lines").items())
                all += std::to_string(line.object->values[line.object->shape->find("qty")].integer) + ",";
            all += " ";
        }
        position = batch.next;
        more = batch.more && batch.cause == Cause::load;
        if (all.size() > 12) break;
    }
    CHECK(all == "1:4,5, 2: 3:9, ");
}

TEST_CASE("on MariaDB a parent and its children are of one moment", "[mariadb]") {
    Shop shop;
    make_orders(shop);
    shop.run("insert into orders(id, number, total) select seq, seq, 0 from seq_1_to_20");
    shop.run("insert into line select seq, 1, 0 from seq_1_to_20");
    std::atomic<bool> done = false;
    std::atomic<bool> wrote = true;
    Session session;
    std::thread writer([&] {
        wrote = session.attempt("use conn").has_value();
        while (!done && wrote)
            for (const char* sql :
                 {"begin", "update orders set total = total + 1", "update line set qty = qty + 1", "commit"})
                wrote = wrote && session.attempt(sql);
    });
    const auto feed =
        opened("{table: orders, key: [id], include: {lines: {table: line, on: {order_no: number}, key: [no]}}}");
    bool same = true;
    for (int i = 0; i < 40; ++i)
        for (const Batch batch = pulled(*feed, {}); const Row& row : batch.rows)
            for (const Value& line : at(row, "lines").items())
                same = same && line.object->values[line.object->shape->find("qty")].integer == at(row, "total").integer;
    done = true;
    writer.join();
    CHECK(wrote);
    CHECK(same);
}

TEST_CASE("on MariaDB a page of wide rows is cut by its bytes and goes on behind the last", "[mariadb]") {
    const bool with_children = GENERATE(false, true);
    Shop shop;
    shop.run("create table item(id int primary key, name longtext)");
    shop.run("create table part(item_id int, no int, key (item_id))");
    shop.run("insert into item select seq, repeat('x', 100000) from seq_1_to_60");
    shop.run("insert into part select seq, 1 from seq_1_to_60");
    const std::string include = with_children ? ", include: {parts: {table: part, on: {item_id: id}, key: [no]}}" : "";
    const auto feed = opened("{table: item, key: [id]" + include + "}");
    Position position;
    std::vector<std::int64_t> ids;
    for (bool more = true; more;) {
        const Batch batch = pulled(*feed, position, {.rows = 1000, .bytes = 1'000'000});
        CHECK(batch.rows.size() < 13);
        for (const Row& row : batch.rows) {
            ids.push_back(row.key[0].integer);
            if (with_children) CHECK(at(row, "parts").items().size() == 1);
        }
        position = batch.next;
        more = batch.more;
    }
    CHECK(ids.size() == 60);
    CHECK(ids.back() == 60);
}

constexpr const char* sleeping =
    "select count(*) from information_schema.processlist where user = 'reader' and info like '%sleep(33)%'";

TEST_CASE("on MariaDB rows with a null in their key come with a load, a scan and a poll", "[mariadb]") {
    const auto from = GENERATE("table: item", "query: select * from item");
    const bool polled = GENERATE(true, false);
    CAPTURE(from, polled);
    Shop shop;
    shop.run("create table item(a varchar(9), b int, name text, changed timestamp(6) null)");
    shop.run(
        "insert into item values ('x', 1, 'whole', '2026-01-31'), ('x', null, 'half', '2026-01-31'), "
        "(null, null, 'none', '2026-01-31')");
    const auto feed =
        opened("{" + std::string(from) + ", key: [a, b]" + (polled ? ", watermark: {column: changed}}" : "}"));
    Position position;
    CHECK(drain(*feed, position, {.rows = 1}).size() == 3);
    shop.run("insert into item values (null, 7, 'late', now(6))");
    const auto rows = drain(*feed, position);
    CHECK(has(rows, "late"));
    CHECK(rows.size() == (polled ? 1 : 4));
}

TEST_CASE("on MariaDB children are bounded by a page's bytes", "[mariadb]") {
    Shop shop;
    shop.run("create table orders(id int primary key, name text)");
    shop.run("create table line(order_id int, no int, body text, primary key (order_id, no))");
    shop.run("insert into orders select seq, 'o' from seq_1_to_100");
    shop.run("insert into line select o.seq, n.seq, repeat('x', 1000) from seq_1_to_100 o, seq_1_to_100 n");
    const auto feed = opened(
        "{table: orders, key: [id], include: {lines: {table: line, on: {order_id: id}, key: [no]}, "
        "again: {table: line, on: {order_id: id}, key: [no]}}}");
    std::size_t orders = 0, pulls = 0;
    Position position;
    for (bool more = true; more; ++pulls) {
        const Batch batch = pulled(*feed, position, {.rows = 1000, .bytes = 2'000'000});
        CHECK(batch.arena.bytes() < 2'000'000 + 8 * Arena::chunk_bytes);
        for (const Row& row : batch.rows) {
            CHECK(at(row, "lines").items().size() == 100);
            CHECK(at(row, "again").items().size() == 100);
        }
        orders += batch.rows.size();
        position = batch.next;
        more = batch.more;
    }
    CHECK(orders == 100);
    CHECK(pulls < 40);
}

TEST_CASE("on MariaDB a statement that runs ends within a second of stop, on the server too", "[mariadb]") {
    Shop shop;
    const std::string tls = GENERATE("tls: off", "tls: required");
    const auto feed =
        Configured(connector(), source("reader", tls), "{query: 'select 1 as id, sleep(33) as name', key: [id]}")
            .open();
    std::stop_source stop;
    std::chrono::steady_clock::time_point stopped;
    bool ran = false;
    std::thread stopper([&] {
        ran = becomes(shop, sleeping, "1");
        stopped = std::chrono::steady_clock::now();
        stop.request_stop();
    });
    const auto batch = feed->pull({}, {}, stop.get_token());
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    CHECK(ran);
    CHECK(ended - stopped < std::chrono::seconds(1));
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == "stopped");
    CHECK(becomes(shop, sleeping, "0"));
}

TEST_CASE("on MariaDB a session that is cut costs a retry at most", "[mariadb]") {
    Shop shop;
    shop.make_items(3);
    const auto feed = opened(watched);
    pulled(*feed, {});
    shop.run("kill user monitor@'127.0.0.1'");
    // noticed before it is used, or by using it
    if (const auto cut = feed->pull({}, {}, {}); !cut) {
        CHECK(cut.error().verdict == Verdict::retry);
        CHECK(cut.error().code == "connection_lost");
    }
    CHECK(pulled(*feed, {}).rows.size() == 3);
}

TEST_CASE("on MariaDB a column whose type changes between two pulls is learned again", "[mariadb]") {
    Shop shop;
    shop.make_items(3);
    const auto feed = opened("{table: item, key: [id]}");
    pulled(*feed, {});
    shop.run("alter table item modify name varbinary(40)");
    const auto changed = feed->pull({}, {}, {});
    REQUIRE_FALSE(changed);
    CHECK(changed.error().verdict == Verdict::retry);
    const Batch batch = pulled(*feed, {});
    CHECK(kind(batch.rows.at(0), "name") == Kind::bytes);
}

TEST_CASE("on MariaDB a server that is away and wrong credentials are tried again, and no password is shown",
          "[mariadb]") {
    Shop shop;
    const auto code = [](const std::string& source) {
        const Error error = refused(source, watched);
        CHECK(error.verdict == Verdict::retry);
        return error.code;
    };
    CHECK(code("{port: 1, user: u, password: canary, database: conn}") == "cannot_connect");
    CHECK(code("{socket: /nowhere, user: u, password: canary, database: conn}") == "cannot_connect");
    CHECK(code(source("nobody")) == "bad_credentials");
    std::string absent = source();
    absent.replace(absent.find("database: conn"), 14, "database: none");
    CHECK(code(absent) == "no_database");
    shop.run("alter user reader@'127.0.0.1' account lock");
    CHECK(code(source("reader")) == "bad_credentials");
}

TEST_CASE("on MariaDB a table, a column or a right that is missing stops the stream", "[mariadb]") {
    Shop shop;
    shop.make_items(1);
    shop.run("create user stranger@'127.0.0.1' identified by 'canary'");
    shop.run("create table other(id int primary key)");
    shop.run("grant select on conn.other to stranger@'127.0.0.1'");
    const auto code = [](const std::string& stream, std::vector<std::string> columns = {},
                         const std::string& user = "reader") {
        const Error error = refused(source(user), stream, std::move(columns));
        CHECK(error.verdict == Verdict::stop);
        return error.code;
    };
    CHECK(code("{table: itme, key: [id]}") == "undefined_table");
    CHECK_FALSE(code("{table: nowhere.item, key: [id]}", {}, "monitor").empty());
    CHECK(code("{table: item, key: [id]}", {"nmae"}) == "undefined_column");
    CHECK(code("{query: selec 1, key: [id]}") == "bad_statement");
    CHECK(code("{table: item, key: [id], watermark: {column: name}}") == "bad_watermark");
    CHECK(code(watched, {}, "stranger") == "no_right");
}

TEST_CASE("on MariaDB the definition is checked against the catalogue", "[mariadb]") {
    Shop shop;
    shop.run("create table item(id int primary key, name varchar(40), changed timestamp null)");
    shop.run("create table line(item_id int, no int)");
    shop.run("create view listed as select * from item");
    const auto messages = [](const std::string& stream, std::vector<std::string> columns = {},
                             const std::string& user = "monitor") {
        const auto found = opened(stream, user)->check(0, columns, {});
        if (!found) FAIL(found.error().what);
        std::string all;
        for (const Finding& finding : *found)
            all += (finding.severity == Severity::error ? "E " : "W ") + finding.message + "\n";
        return all;
    };
    CHECK(messages("{table: itme, key: [id]}") == "E no table 'itme', did you mean 'item'?\n");
    CHECK(messages("{table: conn.itme, key: [id]}") == "E no table 'conn.itme', did you mean 'conn.item'?\n");
    CHECK(messages("{table: item, key: [id]}", {"id", "nmae"}) == "E no column 'nmae' in item, did you mean 'name'?\n");
    CHECK(messages("{table: item, key: [id]}", {"id", "name"}).empty());
    CHECK(messages(watched) ==
          "W watermark column 'changed' of item can be null: such rows are read by the first load only\n"
          "W no index starts with 'changed': each poll reads the whole table; ALTER TABLE `item` ADD INDEX "
          "(`changed`, `id`)\n");
    shop.run("alter table item add index (changed, id), modify changed timestamp not null");
    CHECK(messages(watched).empty());
    CHECK(messages(watched, {}, "reader").find("GRANT PROCESS ON *.* TO reader@127.0.0.1") != std::string::npos);
    shop.run("alter table item add index (name(5))");
    CHECK(messages("{table: item, key: [name]}").find("no unique index says that (name)") != std::string::npos);
    CHECK(messages("{table: item, key: [id], include: {l: {table: line, on: {item_id: id}, key: [no]}}}") ==
          "W no unique index says that (item_id, no) is one row of line: of two rows with one key both are children\n"
          "W no index starts with (item_id): each page reads the whole table; ALTER TABLE `line` ADD INDEX "
          "(`item_id`)\n");
    CHECK(messages("{query: select id from item, key: [id]}", {"name"}).starts_with("E no column 'name'"));
    CHECK(messages("{table: listed, key: [name]}").empty());
}

TEST_CASE("on MariaDB what TLS asks for is what it gets", "[mariadb]") {
    Shop shop;
    shop.make_items(1);
    const auto cipher = [](const std::string& more) {
        const auto feed = Configured(connector(), source("reader", more),
                                     "{query: \"select 1 as id, (select variable_value from "
                                     "information_schema.session_status where variable_name = 'ssl_cipher') as name\", "
                                     "key: [id]}")
                              .open();
        const Batch batch = pulled(*feed, {});
        return text(batch.rows.at(0), "name");
    };
    CHECK(cipher("tls: off").empty());
    CHECK_FALSE(cipher("").empty());
    CHECK_FALSE(cipher("tls: required").empty());
    CHECK_FALSE(cipher("tls: verify, tls_ca: " + environment("MARIADB_CA")).empty());
    const Error unknown = refused(source("reader", "tls: verify"), watched);
    CHECK(unknown.verdict == Verdict::retry);
    CHECK(unknown.code == "tls_failed");
    // The certificate is for the address alone.
    std::string other = source("reader", "tls: verify, tls_ca: " + environment("MARIADB_CA"));
    other.replace(other.find("127.0.0.1"), 9, "localhost");
    CHECK(refused(other, watched).code == "tls_failed");
}

TEST_CASE("on MariaDB options that contradict each other are refused where they stand", "[mariadb]") {
    const auto complaints = [](const std::string& source) {
        return Configured(connector(), source, watched).complaints();
    };
    CHECK(complaints("{user: u, database: d, socket: /s, port: 1}").find("not both") != std::string::npos);
    CHECK(complaints("{user: u, database: d, tls: off, tls_ca: /c}").find("tls: off") != std::string::npos);
    CHECK(complaints("{user: u, database: d, tls_ca: /c}").find("tls: verify") != std::string::npos);
    CHECK(complaints("{user: u, database: d, tls_key: /c}").find("belong together") != std::string::npos);
    CHECK(complaints("{user: u, database: d}").empty());
}

TEST_CASE("on MariaDB a watermark may be a number that counts since 1970", "[mariadb]") {
    Shop shop;
    const auto [type, unit, per_second] =
        GENERATE(Catch::Generators::table<const char*, const char*, const char*>({{"int", "s", "1"},
                                                                                  {"int unsigned", "s", "1"},
                                                                                  {"bigint", "ms", "1000"},
                                                                                  {"decimal(30,3)", "ms", "1000"},
                                                                                  {"double", "s", "1"}}));
    CAPTURE(type, unit);
    const std::string now = std::string("unix_timestamp(now(6)) * ") + per_second;
    shop.run(std::string("create table item(id int primary key, name varchar(40), changed ") + type + ")");
    shop.run("insert into item select seq, concat('n', seq), " + now + " - 3600 * " + per_second + " from seq_1_to_20");
    shop.run("insert into item values (21, 'none', null), (22, 'first', 0)");
    const auto feed =
        opened("{table: item, key: [id], watermark: {column: changed, overlap: 0s, unit: " + std::string(unit) + "}}");
    Position position;
    CHECK(drain(*feed, position, {.rows = 7}).size() == 22);
    shop.run("update item set name = 'new', changed = " + now + " where id in (3, 4)");
    const std::int64_t written = wall_clock_now();
    const Batch polled = pulled(*feed, position);
    REQUIRE(polled.rows.size() == 2);
    CHECK(std::abs(polled.rows[0].source_time - written) < 5'000'000);
    CHECK(refused(source(), "{table: item, key: [id], watermark: {column: changed}}").code == "bad_watermark");
}

}  // namespace
}  // namespace tributary::mariadb
