#include <libpq-fe.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "connectors/kit/table/tests/reading.hpp"
#include "connectors/postgres/connector.hpp"
#include "core/model/key_text.hpp"
#include "tests/system/environment.hpp"

/// The postgres connector against a real server; the environment names it (PG_DSN, PG_READER_DSN, PG_MONITOR_DSN).
namespace tributary::postgres {
namespace {

using table::test::at;
using table::test::Configured;
using table::test::drain;
using table::test::has;
using table::test::pulled;

/// A session that writes beside the connector.
class Session {
  public:
    explicit Session(const std::string& dsn = environment("PG_DSN")) : handle_(PQconnectdb(dsn.c_str())) {
        REQUIRE(PQstatus(handle_) == CONNECTION_OK);
        run("set client_min_messages = warning");
    }
    ~Session() { PQfinish(handle_); }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    std::string run(const std::string& sql) {
        PGresult* const result = PQexec(handle_, sql.c_str());
        INFO(sql << ": " << PQresultErrorMessage(result));
        const ExecStatusType status = PQresultStatus(result);
        CHECK((status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK));
        std::string value = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
        PQclear(result);
        return value;
    }

    /// For threads beside the test's own: Catch takes assertions from one thread only.
    bool runs(const std::string& sql) {
        PGresult* const result = PQexec(handle_, sql.c_str());
        const ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    }

  private:
    PGconn* handle_;
};

/// A schema of its own for each test.
class Shop : public Session {
  public:
    Shop() { run("drop schema if exists conn cascade; create schema conn"); }
    ~Shop() { run("drop schema conn cascade"); }

    void make_items(int count) {
        run("create table conn.item(id int primary key, name text, changed timestamptz default now())");
        run("insert into conn.item select i, 'n' || i, now() - interval '1 hour' from generate_series(1, " +
            std::to_string(count) + ") i; analyze conn.item");
    }
};

constexpr const char* watched = "{table: conn.item, key: [id], watermark: {column: changed}}";

std::string source(const char* dsn = "PG_MONITOR_DSN") { return "dsn: \"" + environment(dsn) + "\""; }

std::vector<std::string> codes(const Batch& batch) {
    std::vector<std::string> all;
    for (const Condition& condition : batch.conditions) all.push_back(condition.code);
    return all;
}

TEST_CASE("values of every common type are exact at their ends", "[postgres]") {
    Shop shop;
    shop.run("create type conn.mood as enum ('sad', 'happy')");
    shop.run("create domain conn.code as varchar(8)");
    shop.run(R"(create table conn.item(id bigint primary key, small smallint, amount numeric, price numeric(12,4),
        ratio float8, half float4, flag boolean, doc jsonb, raw_doc json, raw bytea, day date, at_ timestamptz,
        wall timestamp, tag uuid, mood conn.mood, tags text[], span interval, cash numeric(30,10), code conn.code,
        fixed char(5), empty text))");
    shop.run(R"(insert into conn.item values
        (-9223372036854775808, -32768, 123456789012345678901234567890.123456789, 12.5000, 1e308, 0.1, true,
         '{"b": 1, "a": [1.10]}', '{"b":1,  "a":1}', '\x00ff', '0001-01-01', '9999-12-31 23:59:59.999999+00',
         '0001-01-01 00:00:00', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', 'happy', '{a,"b c"}', '1 day 02:00', -0.0000000001,
         'x1', 'ab', ''),
        (9223372036854775807, 32767, 'NaN', -0.0001, '-infinity', 'nan', false, 'null', '1', '', 'infinity',
         '-infinity', 'infinity', '00000000-0000-0000-0000-000000000000', null, null, null, 0, null, null, null),
        (0, null, 0, null, null, null, null, null, null, null, '5874897-12-31', '294276-12-31 23:59:59+00',
         '4713-11-24 00:00:00 BC', null, null, null, null, 99999999999999999999.9999999999, null, null, null))");
    const auto feed = Configured(connector(), source(), "{table: conn.item, key: [id]}").open();
    const Batch batch = pulled(*feed, {});
    REQUIRE(batch.rows.size() == 3);
    const Row &low = batch.rows[0], &zero = batch.rows[1], &high = batch.rows[2];
    const auto text = [](const Row& row, const char* column) { return walk::mark_of(at(row, column)).text; };
    const auto kind = [](const Row& row, const char* column) { return at(row, column).kind; };

    CHECK(low.key[0].integer == INT64_MIN);
    CHECK(at(low, "small").integer == -32768);
    CHECK(kind(low, "amount") == Kind::decimal);
    CHECK(text(low, "amount") == "123456789012345678901234567890.123456789");
    CHECK(text(low, "price") == "12.5000");
    CHECK(at(low, "ratio").real == 1e308);
    CHECK(at(low, "half").real == 0.1);
    CHECK(at(low, "flag").boolean);
    CHECK(kind(low, "doc") == Kind::json);
    CHECK(text(low, "doc") == R"({"a": [1.10], "b": 1})");
    CHECK(text(low, "raw_doc") == R"({"b":1,  "a":1})");
    CHECK(text(low, "raw") == "00ff");
    CHECK(text(low, "day") == "0001-01-01");
    CHECK(kind(low, "at_") == Kind::instant);
    CHECK(text(low, "at_") == "9999-12-31T23:59:59.999999Z");
    CHECK(kind(low, "wall") == Kind::naive);
    CHECK(text(low, "wall") == "0001-01-01T00:00:00.000000");
    CHECK(kind(low, "tag") == Kind::uuid);
    CHECK(text(low, "tag") == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    CHECK(text(low, "mood") == "happy");
    CHECK(kind(low, "tags") == Kind::json);
    CHECK(text(low, "tags") == R"(["a","b c"])");
    CHECK(text(low, "span") == "P1DT2H");
    CHECK(text(low, "cash") == "-0.0000000001");
    CHECK(text(low, "code") == "x1");
    CHECK(text(low, "fixed") == "ab");
    CHECK(text(low, "empty").empty());
    CHECK(kind(low, "empty") == Kind::text);

    CHECK(text(high, "amount") == "NaN");
    CHECK(text(high, "price") == "-0.0001");
    CHECK(std::isinf(at(high, "ratio").real));
    CHECK(text(high, "doc") == "null");
    CHECK(kind(high, "raw") == Kind::bytes);
    CHECK(kind(high, "day") == Kind::text);
    CHECK(text(high, "day") == "infinity");
    CHECK(text(high, "at_") == "-infinity");
    CHECK(text(high, "wall") == "infinity");
    CHECK(kind(high, "empty") == Kind::null);

    CHECK(text(zero, "amount") == "0");
    CHECK(text(zero, "day") == "5874897-12-31");
    CHECK(text(zero, "at_") == "294276-12-31T23:59:59.000000Z");
    CHECK(text(zero, "wall") == "4713-11-24T00:00:00.000000 BC");
    CHECK(text(zero, "cash") == "99999999999999999999.9999999999");
}

TEST_CASE("a watermark may be a number that counts since 1970", "[postgres]") {
    Shop shop;
    const auto [type, unit, per_second] =
        GENERATE(Catch::Generators::table<const char*, const char*, const char*>({{"int", "s", "1"},
                                                                                  {"bigint", "ms", "1000"},
                                                                                  {"numeric(30,3)", "ms", "1000"},
                                                                                  {"bigint", "us", "1000000"},
                                                                                  {"float8", "s", "1"}}));
    CAPTURE(type, unit);
    const std::string now = std::string("extract(epoch from clock_timestamp()) * ") + per_second;
    shop.run(std::string("create table conn.item(id int primary key, name text, changed ") + type + ")");
    shop.run("insert into conn.item select i, 'n' || i, " + now + " - 3600.0 * " + per_second +
             " from generate_series(1, 20) i");
    shop.run("insert into conn.item values (21, 'none', null), (22, 'first', 0), (23, 'before', -1)");
    const std::string stream =
        "{table: conn.item, key: [id], watermark: {column: changed, unit: " + std::string(unit) + "}}";
    const auto feed = Configured(connector(), source(), stream).open();
    Position position;
    CHECK(drain(*feed, position, {.rows = 7}).size() == 23);
    CHECK(drain(*feed, position).empty());
    shop.run("update conn.item set name = 'new', changed = " + now + " where id in (3, 4)");
    const std::int64_t written = wall_clock_now();
    const Batch polled = pulled(*feed, position);
    REQUIRE(polled.rows.size() == 2);
    CHECK(std::abs(polled.rows[0].source_time - written) < 5'000'000);
    shop.run("alter table conn.item add at_ timestamptz");
    for (const char* const wrong : {"{column: changed}", "{column: at_, unit: s}"}) {
        const std::string other = std::string("{table: conn.item, key: [id], watermark: ") + wrong + "}";
        const auto batch = Configured(connector(), source(), other).open()->pull({}, {}, {});
        REQUIRE_FALSE(batch);
        CHECK(batch.error().code == "bad_watermark");
    }
}

TEST_CASE("arrays are lists, and what has no form of its own is its text", "[postgres]") {
    Shop shop;
    shop.run("create type conn.mood as enum ('sad', 'happy')");
    shop.run("create type conn.place as (x int, y int)");
    const auto values = GENERATE(Catch::Generators::values<std::array<const char*, 3>>({
        {"int[]", "'{1,NULL,-3}'", "[1,null,-3]"},
        {"bigint[]", "'{{9223372036854775807},{0}}'", "[[9223372036854775807],[0]]"},
        {"numeric(30,4)[]", "'{12345678901234567890123456.7800}'", "[12345678901234567890123456.7800]"},
        {"float8[]", "'{0.1,NaN}'", "[0.1,\"NaN\"]"},
        {"boolean[]", "'{t,f}'", "[true,false]"},
        {"varchar(9)[]", "'{\"a\\\"b\",NULL,NULL}'", "[\"a\\\"b\",null,null]"},
        {"date[]", "'{0001-01-01,9999-12-31}'", "[\"0001-01-01\",\"9999-12-31\"]"},
        {"timestamptz[]", "'{2026-03-29 01:00:00.5+00}'", "[\"2026-03-29T01:00:00.5+00:00\"]"},
        {"timestamp[]", "'{2026-03-29 02:30:00}'", "[\"2026-03-29T02:30:00\"]"},
        {"uuid[]", "'{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'", "[\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"]"},
        {"jsonb[]", "array['{\"a\":1}'::jsonb]", "[{\"a\": 1}]"},
        {"text[]", "'{}'", "[]"},
        {"conn.mood[]", "'{happy,sad}'", "{happy,sad}"},
        {"bytea[]", "array['\\x00ff'::bytea]", "{\"\\\\x00ff\"}"},
        {"int4range", "'[1,5]'", "[1,6)"},
        {"daterange", "'[2026-01-01,)'", "[2026-01-01,)"},
        {"int4multirange", "'{[1,2),[5,7)}'", "{[1,2),[5,7)}"},
        {"conn.place", "'(1,2)'", "(1,2)"},
        {"interval", "'-1 mon 25:00'", "P-1MT25H"},
        {"time", "'24:00'", "24:00:00"},
        {"timetz", "'10:00+02'", "10:00:00+02"},
        {"inet", "'10.0.0.1/8'", "10.0.0.1/8"},
        {"macaddr", "'08:00:2b:01:02:03'", "08:00:2b:01:02:03"},
        {"bit(3)", "B'101'", "101"},
        {"xml", "'<a/>'", "<a/>"},
        {"tsvector", "'b a'", "'a' 'b'"},
        {"point", "'(1,2)'", "(1,2)"},
        {"pg_lsn", "'16/B374D848'", "16/B374D848"},
    }));
    CAPTURE(values[0]);
    shop.run(std::string("create table conn.item(id int primary key, value ") + values[0] + ")");
    shop.run(std::string("insert into conn.item values (1, ") + values[1] + "), (2, null)");
    const auto feed = Configured(connector(), source(), "{table: conn.item, key: [id]}").open();
    const Batch batch = pulled(*feed, {});
    REQUIRE(batch.rows.size() == 2);
    CHECK(walk::mark_of(at(batch.rows[0], "value")).text == values[2]);
    CHECK(at(batch.rows[1], "value").is_null());
}

TEST_CASE("text in another encoding than UTF-8 cannot come, and quotes in names and keys do no harm", "[postgres]") {
    Shop shop;
    shop.run(R"(create table conn."it""em"("k'ey" text primary key, "na""me" text))");
    shop.run(R"(insert into conn."it""em" values ('a''); drop table x; --', '1'), ('b\', '2'), ('c', '3'))");
    shop.run(R"(alter table conn."it""em" rename to "od.d")");
    const auto feed = Configured(connector(), source(), R"({table: 'conn."od.d"', key: ["k'ey"]})").open();
    std::string all;
    Position position;
    for (int i = 0; i < 3; ++i) {
        const Batch batch = pulled(*feed, position, {.rows = 1});
        REQUIRE(batch.rows.size() == 1);
        all += at(batch.rows[0], "na\"me").view();
        position = batch.next;
    }
    CHECK(all == "123");
}

TEST_CASE("rows are searched by values of every type that can be told, whatever the texts look like", "[postgres]") {
    Shop shop;
    shop.run("create type conn.state as enum ('open', 'shut')");
    const std::vector<std::pair<std::string, std::string>> cells{{"smallint", "-7"},
                                                                 {"int", "42"},
                                                                 {"bigint", "9223372036854775807"},
                                                                 {"oid", "77"},
                                                                 {"numeric(9,2)", "42.50"},
                                                                 {"boolean", "true"},
                                                                 {"text", "'it''s'"},
                                                                 {"varchar(9)", "'N31'"},
                                                                 {"char(9)", "'N32'"},
                                                                 {"uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'"},
                                                                 {"bytea", "'\\x00ff'"},
                                                                 {"conn.state", "'open'"},
                                                                 {"interval", "'1 day'"}};
    std::string columns, values;
    std::vector<std::string> names{"id", "at", "f"};
    for (const auto& [type, literal] : cells) {
        names.push_back("c" + std::to_string(names.size()));
        columns += ", " + names.back() + " " + type;
        values += ", " + literal;
    }
    shop.run("create table conn.item(id int primary key, at timestamp, f float8" + columns + ")");
    shop.run("insert into conn.item values (1, null, null" + values + "); insert into conn.item(id) values (2)");
    const auto feed = Configured(connector(), source(), "{table: conn.item, key: [id]}", names).open();
    const Batch loaded = pulled(*feed, {});
    const auto found = [&](const std::string& column, std::string_view text) {
        const auto batch = feed->search(0, {{column}, {{std::string(text)}}}, {}, {}, {});
        INFO(column << " " << text << (batch ? "" : ": " + batch.error().what));
        REQUIRE(batch);
        return batch->rows.size();
    };
    Arena arena;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string& name = names[i + 3];
        const auto key = key_text(at(loaded.rows.at(0), name), arena);
        REQUIRE(key);
        INFO(cells[i].first);
        CHECK(found(name, key.text) == 1);
        for (const char* other : {"N30", "", "-", "1--", "'", "\\", "99999999999999999999", "1e3", "1 or 1"})
            CHECK(found(name, other) == 0);
    }
    for (const char* column : {"at", "f", "no_such"}) {
        const auto none = feed->search(0, {{column}, {{"1"}}}, {}, {}, {});
        REQUIRE_FALSE(none);
        CHECK(none.error().verdict == Verdict::stop);
    }
}

TEST_CASE("a load goes on from any of its positions and is followed by a poll", "[postgres]") {
    Shop shop;
    shop.make_items(40);
    const auto feed = Configured(connector(), source(), watched).open();
    std::vector<Position> positions;
    Position position;
    for (std::size_t read = 0; read < 40; read += 7) {
        const Batch batch = pulled(*feed, position, {.rows = 7});
        CHECK(batch.cause == Cause::load);
        CHECK(batch.progress.expected == 40);
        positions.push_back(position);
        position = batch.next;
    }
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const auto again = Configured(connector(), source(), watched).open();
        const Batch batch = pulled(*again, positions[i], {.rows = 7});
        REQUIRE_FALSE(batch.rows.empty());
        CHECK(batch.rows[0].key[0].integer == static_cast<std::int64_t>(7 * i + 1));
    }
    CHECK(drain(*feed, position).empty());
    shop.run("update conn.item set name = 'new', changed = now() where id = 3");
    CHECK(drain(*feed, position) == std::vector<std::string>{"new"});
}

TEST_CASE("an idle poll returns the position it was given", "[postgres]") {
    Shop shop;
    shop.make_items(3);
    const auto feed = Configured(connector(), source(), watched).open();
    Position position;
    drain(*feed, position);
    const Batch idle = pulled(*feed, position);
    CHECK(idle.rows.empty());
    CHECK(idle.next == position);
    CHECK_FALSE(idle.more);
    CHECK(idle.current_to != no_time);
    CHECK(idle.conditions.empty());
}

TEST_CASE("ten thousand rows with one stamp are found over any page edge", "[postgres]") {
    Shop shop;
    shop.make_items(1);
    const auto feed = Configured(connector(), source(), watched).open();
    Position position;
    drain(*feed, position);
    shop.run("insert into conn.item(id, name) select i, 'tied' || i from generate_series(2, 10001) i");
    const auto rows = drain(*feed, position, {.rows = 997});
    CHECK(std::set(rows.begin(), rows.end()).size() == 10'000);
}

TEST_CASE("a transaction that commits late is read from its start", "[postgres]") {
    Shop shop;
    shop.make_items(2);
    const auto wrong = connector_with({.open_transactions = false});
    const auto right_feed = Configured(connector(), source(), watched).open();
    const auto wrong_feed = Configured(*wrong, source(), watched).open();
    Position right, mutant;
    drain(*right_feed, right);
    drain(*wrong_feed, mutant);

    Session late;
    late.run("begin; update conn.item set name = 'late', changed = now() where id = 1");
    // Polls behind the open transaction until the bound has passed its stamp by more than the settling time.
    for (int i = 0; i < 6; ++i) {
        shop.run(
            "select pg_sleep(0.25); update conn.item set name = 'other', changed = clock_timestamp() where id = 2");
        CHECK(has(drain(*right_feed, right), "other"));
        CHECK(has(drain(*wrong_feed, mutant), "other"));
    }
    late.run("commit");
    CHECK(has(drain(*right_feed, right), "late"));
    CHECK_FALSE(has(drain(*wrong_feed, mutant), "late"));
}

TEST_CASE("a prepared transaction is read once it commits, seen running or not", "[postgres]") {
    const bool seen_running = GENERATE(true, false);
    CAPTURE(seen_running);
    Shop shop;
    shop.make_items(2);
    const auto feed = Configured(connector(), source(), watched).open();
    Position position;
    drain(*feed, position);
    Session writer;
    writer.run("begin; update conn.item set name = 'late', changed = now() where id = 1");
    if (seen_running) {
        shop.run("update conn.item set name = 'first', changed = clock_timestamp() where id = 2");
        CHECK(has(drain(*feed, position), "first"));
    }
    writer.run("prepare transaction 'conn-test'");
    for (int i = 0; i < 4; ++i) {
        shop.run("select pg_sleep(0.1); update conn.item set name = 'other', changed = clock_timestamp() where id = 2");
        CHECK(has(drain(*feed, position), "other"));
    }
    shop.run("commit prepared 'conn-test'");
    CHECK(has(drain(*feed, position), "late"));
}

TEST_CASE("a role that may only read gets an overlap and a condition that names the right", "[postgres]") {
    Shop shop;
    shop.make_items(2);
    shop.run("grant usage on schema conn to reader; grant select on conn.item to reader");
    const auto feed = Configured(connector(), source("PG_READER_DSN"), watched).open();
    Position position;
    drain(*feed, position);
    Session late;
    late.run("begin; update conn.item set name = 'late', changed = now() where id = 1");
    shop.run("select pg_sleep(0.3); update conn.item set name = 'other', changed = clock_timestamp() where id = 2");
    CHECK(has(drain(*feed, position), "other"));
    late.run("commit");
    const Batch batch = pulled(*feed, position);
    CHECK(batch.rows.size() == 2);
    CHECK(codes(batch) == std::vector<std::string>{"missing_right"});
}

TEST_CASE("a transaction that is given up is told, and polls go on", "[postgres]") {
    Shop shop;
    shop.make_items(3);
    const auto feed =
        Configured(connector(), source(), "{table: conn.item, key: [id], watermark: {column: changed}, max_hold: 1s}")
            .open();
    Position position;
    drain(*feed, position);
    Session late;
    late.run("begin; update conn.item set name = 'late', changed = now() where id = 1");
    CHECK(codes(pulled(*feed, position)).empty());
    shop.run("select pg_sleep(1.1); update conn.item set name = 'other', changed = clock_timestamp() where id = 2");
    const Batch batch = pulled(*feed, position);
    CHECK(codes(batch) == std::vector<std::string>{"transaction_given_up"});
    CHECK(batch.rows.size() == 1);
    position = batch.next;
    late.run("commit");
    shop.run("select pg_sleep(1.2)");
    CHECK_FALSE(has(drain(*feed, position), "late"));
    CHECK(codes(pulled(*feed, position)).empty());
}

/// A streaming standby of the lab's server, beside it.
class Standby {
  public:
    Standby()
        : lab_(environment("TRIBUTARY_LAB") + "/postgres"), folder_(environment("TRIBUTARY_LAB_DIR") + "/standby") {
        // the port in our environment is the primary's
        const std::string start = "PG_PORT= PG_PRIMARY='" + environment("PG_DSN") + "' " + lab_ + " start " + folder_;
        REQUIRE(std::system((start + " > /dev/null").c_str()) == 0);  // NOLINT(concurrency-mt-unsafe): one thread
        std::ifstream settings(folder_ + "/env");
        for (std::string line; std::getline(settings, line);)
            if (line.starts_with("PG_READER_DSN=")) dsn_ = line.substr(line.find('=') + 1);
        REQUIRE_FALSE(dsn_.empty());
    }
    ~Standby() {
        const int stopped = std::system((lab_ + " stop " + folder_).c_str());  // NOLINT(concurrency-mt-unsafe)
        if (stopped != 0) WARN("the standby did not stop");
    }
    Standby(const Standby&) = delete;
    Standby& operator=(const Standby&) = delete;

    std::string source() const { return "dsn: \"" + dsn_ + "\""; }
    /// One that was there before replays what happened meanwhile, the tables of other tests too.
    void catch_up(const std::string& place) const {
        Session session(dsn_);
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(3);
        while (session.run("select pg_last_wal_replay_lsn() >= '" + place + "'::pg_lsn") != "t") {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            std::this_thread::yield();
        }
    }

  private:
    std::string lab_, folder_, dsn_;
};

/// Polls until `name` comes, for twenty seconds.
bool comes(Feed& feed, Position& position, const char* name) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline)
        if (has(drain(feed, position), name)) return true;
    return false;
}

TEST_CASE("a standby is polled with an overlap and says so", "[postgres]") {
    Shop shop;
    shop.make_items(2);
    const Standby standby;
    standby.catch_up(shop.run("select pg_current_wal_lsn()"));
    const auto feed = Configured(connector(), standby.source(), watched).open();
    Position position;
    drain(*feed, position);
    Session late;
    late.run("begin; update conn.item set name = 'late', changed = now() where id = 1");
    shop.run("select pg_sleep(0.3); update conn.item set name = 'other', changed = clock_timestamp() where id = 2");
    CHECK(comes(*feed, position, "other"));
    late.run("commit");
    CHECK(comes(*feed, position, "late"));
    CHECK(codes(pulled(*feed, position)) == std::vector<std::string>{"standby"});
}

TEST_CASE("a row stamped two days ahead is read and does not hide what comes after it", "[postgres]") {
    Shop shop;
    shop.make_items(2);
    const auto feed = Configured(connector(), source(), watched).open();
    Position position;
    drain(*feed, position);
    shop.run("update conn.item set name = 'ahead', changed = now() + interval '2 days' where id = 1");
    CHECK(has(drain(*feed, position), "ahead"));
    shop.run("update conn.item set name = 'now', changed = now() where id = 2");
    CHECK(has(drain(*feed, position), "now"));
}

TEST_CASE("watermarks without a zone, of a day or rounded to the second work as well", "[postgres]") {
    const auto type = GENERATE("timestamp", "timestamp(0)", "timestamptz(0)", "date", "timestamptz(3)");
    CAPTURE(type);
    Shop shop;
    shop.run("create table conn.item(id int primary key, name text, changed " + std::string(type) + " default now())");
    shop.run("insert into conn.item values (1, 'first')");
    const auto feed = Configured(connector(), source(), watched).open();
    Position position;
    CHECK(has(drain(*feed, position), "first"));
    for (int i = 2; i < 12; ++i) {
        const std::string name = "n" + std::to_string(i);
        shop.run("insert into conn.item values (" + std::to_string(i) + ", '" + name + "')");
        CHECK(has(drain(*feed, position), name.c_str()));
    }
}

TEST_CASE("a stamp without a zone tells an instant in the declared zone, or in the session's", "[postgres]") {
    Shop shop;
    shop.run("create table conn.item(id int primary key, name text, changed timestamp)");
    shop.run("insert into conn.item values (1, 'winter', '2026-01-31 10:00')");
    const Batch plain = pulled(*Configured(connector(), source(), watched).open(), {});
    CHECK(plain.rows[0].position == "2026-01-31T10:00:00.000000");
    shop.run("alter role monitor set timezone = 'Asia/Tokyo'");
    const Batch session = pulled(*Configured(connector(), source(), watched).open(), {});
    CHECK(session.rows[0].source_time == 1'769'821'200'000'000);  // 01:00 UTC
    shop.run("alter role monitor set timezone = '<+02>-02'");
    const Batch unknown = pulled(*Configured(connector(), source(), watched).open(), {});
    CHECK(unknown.rows[0].source_time == no_time);
    shop.run("alter role monitor reset timezone");
    const Batch zoned = pulled(*Configured(connector(), source(), watched, {}, "Europe/Warsaw").open(), {});
    CHECK(zoned.rows[0].source_time == 1'769'850'000'000'000);
}

TEST_CASE("keys of several columns and of any type page in the server's own order", "[postgres]") {
    Shop shop;
    shop.run("create type conn.mood as enum ('zebra', 'ant')");
    shop.run(
        "create table conn.item(mood conn.mood, tag uuid, amount numeric, raw bytea, day date, name text, "
        "primary key (mood, tag, amount, raw, day))");
    shop.run(
        "insert into conn.item select m, md5(i::text)::uuid, i / 3.0, decode(md5(i::text), 'hex'), "
        "date '-infinity', i::text from generate_series(1, 20) i, unnest(enum_range(null::conn.mood)) m");
    const auto feed =
        Configured(connector(), source(), "{table: conn.item, key: [mood, tag, amount, raw, day]}").open();
    Position position;
    CHECK(drain(*feed, position, {.rows = 3}).size() == 40);
}

TEST_CASE("only the rows a condition names are read, by an index", "[postgres]") {
    Shop shop;
    shop.run("create table conn.stock(id int primary key, location text, changed timestamptz default now())");
    shop.run(
        "insert into conn.stock select i, case when i % 10 = 0 then 'SCRAP' else 'A' end from generate_series(1, 100) "
        "i");
    const auto configured = [&](const std::string& where) {
        return Configured(connector(), source(),
                          "{table: conn.stock, key: [id], watermark: {column: changed}, where: \"" + where + "\"}");
    };
    auto wanted = configured("location <> 'SCRAP' -- not these");
    const auto feed = wanted.open();
    CHECK(pulled(*feed, {}, {.rows = 1000}).rows.size() == 90);
    const std::string plan = shop.run(
        "explain (format json) select r.id from (select * from conn.stock where (location <> 'SCRAP'\n)) as r "
        "where r.id > 99 and r.id is not null order by r.id limit 10");
    CHECK(plan.find("Subquery") == std::string::npos);
    auto wrong = configured("locatoin <> 'SCRAP'");
    const auto found = wrong.open()->check(0, {}, {});
    REQUIRE(found);
    REQUIRE_FALSE(found->empty());
    const auto error =
        std::find_if(found->begin(), found->end(), [](const Finding& one) { return one.severity == Severity::error; });
    REQUIRE(error != found->end());
    CHECK(error->column == "locatoin <> 'SCRAP'");
    CHECK(error->message.find("locatoin") != std::string::npos);
}

TEST_CASE("children come with their parents from one statement, in the order of their key", "[postgres]") {
    Shop shop;
    shop.run("create table conn.orders(id int, region text, name text, primary key (id, region))");
    shop.run("create table conn.line(order_id bigint, region varchar(9), no int, sku text)");
    shop.run(R"(insert into conn.orders values (1, 'a "q" \', 'two'), (2, 'b', 'none'), (3, 'c,{}', 'one'))");
    shop.run(R"(insert into conn.line values (1, 'a "q" \', 10, 'b'), (3, 'c,{}', 1, 'c'), (1, 'a "q" \', 9, 'a'),
                (1, 'b', 1, 'wrong'))");
    const auto feed = Configured(connector(), source(),
                                 "{table: conn.orders, key: [id, region], include: {lines: {table: conn.line, on: "
                                 "{order_id: id, region: region}, key: [no]}}}",
                                 {"name", "lines.sku"})
                          .open();
    const Batch batch = pulled(*feed, {});
    REQUIRE(batch.rows.size() == 3);
    const auto skus = [](const Row& row) {
        std::string all;
        for (const Value& line : at(row, "lines").items())
            all += line.object->values[line.object->shape->find("sku")].view();
        return all;
    };
    CHECK(skus(batch.rows[0]) == "ab");
    CHECK(at(batch.rows[1], "lines").items().empty());
    CHECK(at(batch.rows[1], "lines").kind == Kind::list);
    CHECK(skus(batch.rows[2]) == "c");
}

TEST_CASE("parents and children are of one moment while others write", "[postgres]") {
    Shop shop;
    shop.run("create table conn.orders(id int primary key, total int)");
    shop.run("create table conn.line(order_id int, no int, qty int, primary key (order_id, no))");
    shop.run("insert into conn.orders select i, 0 from generate_series(1, 50) i");
    shop.run("insert into conn.line select i, n, 0 from generate_series(1, 50) i, generate_series(1, 3) n");
    Session session;
    std::atomic<bool> done = false, failed = false;
    std::thread writer([&] {
        while (!done)
            failed = failed ||
                     !session.runs(
                         "begin; update conn.orders set total = total + 3; update conn.line set qty = qty + 1; commit");
    });
    const auto feed = Configured(connector(), source(),
                                 "{table: conn.orders, key: [id], include: {lines: {table: conn.line, on: {order_id: "
                                 "id}, key: [no]}}}")
                          .open();
    bool same = true;
    for (int i = 0; i < 40; ++i)
        for (const Batch batch = pulled(*feed, {}); const Row& row : batch.rows) {
            std::int64_t sum = 0;
            for (const Value& line : at(row, "lines").items())
                sum += line.object->values[line.object->shape->find("qty")].integer;
            same = same && sum == at(row, "total").integer;
        }
    done = true;
    writer.join();
    CHECK_FALSE(failed);
    CHECK(same);
}

TEST_CASE("a page of wide rows is cut by its bytes and goes on behind the last", "[postgres]") {
    const bool with_children = GENERATE(false, true);
    Shop shop;
    shop.run("create table conn.item(id int primary key, name text)");
    shop.run("create table conn.part(item_id int, no int)");
    shop.run("insert into conn.item select i, repeat('x', 100000) from generate_series(1, 60) i");
    shop.run("insert into conn.part select i, 1 from generate_series(1, 60) i");
    const std::string include =
        with_children ? ", include: {parts: {table: conn.part, on: {item_id: id}, key: [no]}}" : "";
    const auto feed = Configured(connector(), source(), "{table: conn.item, key: [id]" + include + "}").open();
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
}

TEST_CASE("rows with a null in their key come with a load, a scan and a poll", "[postgres]") {
    const auto from = GENERATE("table: conn.item", "query: select * from conn.item");
    const bool polled = GENERATE(true, false);
    CAPTURE(from, polled);
    Shop shop;
    shop.run("create table conn.item(a text, b int, name text, changed timestamptz)");
    shop.run(
        "insert into conn.item values ('x', 1, 'whole', '2026-01-31'), ('x', null, 'half', '2026-01-31'), "
        "(null, null, 'none', '2026-01-31')");
    const auto feed =
        Configured(connector(), source(),
                   "{" + std::string(from) + ", key: [a, b]" + (polled ? ", watermark: {column: changed}}" : "}"))
            .open();
    Position position;
    CHECK(drain(*feed, position, {.rows = 1}).size() == 3);
    shop.run("insert into conn.item values (null, 7, 'late', now())");
    const auto rows = drain(*feed, position);
    CHECK(has(rows, "late"));
    CHECK(rows.size() == (polled ? 1 : 4));
}

TEST_CASE("children are bounded by a page's bytes, and parents and children stay of one moment", "[postgres]") {
    Shop shop;
    shop.run("create table conn.orders(id int primary key, name text)");
    shop.run("create table conn.line(order_id int, no int, body text, primary key (order_id, no))");
    shop.run("insert into conn.orders select i, 'o' from generate_series(1, 100) i");
    shop.run(
        "insert into conn.line select i, n, repeat('x', 1000) from generate_series(1, 100) i, "
        "generate_series(1, 100) n");
    const auto feed = Configured(connector(), source(),
                                 "{table: conn.orders, key: [id], include: {lines: {table: conn.line, on: {order_id: "
                                 "id}, key: [no]}, again: {table: conn.line, on: {order_id: id}, key: [no]}}}")
                          .open();
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

TEST_CASE("a locked table is tried again after lock_timeout, and who locks it is named", "[postgres]") {
    Shop shop;
    shop.make_items(1);
    shop.run("create table conn.line(item_id int, no int)");
    const auto stream =
        GENERATE("{table: conn.item, key: [id]}", "{query: select * from conn.item, key: [id]}",
                 "{table: conn.item, key: [id], include: {lines: {table: conn.line, on: {item_id: id}, key: [no]}}}");
    CAPTURE(stream);
    const auto feed = Configured(connector(), source() + "\nlock_timeout: 100ms", stream).open();
    for (const bool known : {false, true}) {
        CAPTURE(known);
        shop.run("begin; set application_name = 'nightly'; lock table conn.item, conn.line in access exclusive mode");
        const auto batch = feed->pull({}, {}, {});
        REQUIRE_FALSE(batch);
        CHECK(batch.error().verdict == Verdict::retry);
        CHECK(batch.error().code == "locked");
        INFO(batch.error().what);
        CHECK(batch.error().what.find(" is locked by session " + shop.run("select pg_backend_pid()") +
                                      " (nightly, user ") != std::string::npos);
        shop.run("commit");
        CHECK(pulled(*feed, {}).rows.size() == 1);
    }
}

TEST_CASE("a read that takes longer than statement_timeout ends and is tried again", "[postgres]") {
    const auto feed = Configured(connector(), source() + "\nstatement_timeout: 100ms",
                                 "{query: 'select 1 as id from pg_sleep(33)', key: [id]}")
                          .open();
    const auto began = std::chrono::steady_clock::now();
    const auto batch = feed->pull({}, {}, {});
    CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(10));
    REQUIRE_FALSE(batch);
    CHECK(batch.error().verdict == Verdict::retry);
    CHECK(batch.error().what.find("statement_timeout") != std::string::npos);
}

TEST_CASE("a statement that runs ends within a second of stop, on the server too", "[postgres]") {
    Shop shop;
    const auto feed =
        Configured(connector(), source(), "{query: 'select 1 as id from pg_sleep(33)', key: [id]}").open();
    const char* const sleeping =
        "select count(*) from pg_stat_activity where state = 'active' and query like "
        "'copy%pg_sleep(33)%'";
    std::stop_source stop;
    std::chrono::steady_clock::time_point stopped;
    std::thread stopper([&] {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (shop.run(sleeping) == "0" && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        stopped = std::chrono::steady_clock::now();
        stop.request_stop();
    });
    const auto batch = feed->pull({}, {}, stop.get_token());
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    CHECK(ended - stopped < std::chrono::seconds(1));
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == "stopped");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (shop.run(sleeping) != "0" && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(shop.run(sleeping) == "0");
}

TEST_CASE("a session that is cut costs a retry at most", "[postgres]") {
    Shop shop;
    shop.make_items(3);
    const auto feed = Configured(connector(), source(), watched).open();
    pulled(*feed, {});
    shop.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tributary'");
    // noticed before it is used, or by using it
    if (const auto cut = feed->pull({}, {}, {}); !cut) {
        CHECK(cut.error().verdict == Verdict::retry);
        CHECK(cut.error().code == "connection_lost");
    }
    CHECK(pulled(*feed, {}).rows.size() == 3);
}

TEST_CASE("a server that is away and wrong credentials are tried again, and no password is shown", "[postgres]") {
    const auto error_of = [](const std::string& dsn) {
        const auto feed = Configured(connector(), "dsn: \"" + dsn + "\"", watched).open();
        const auto batch = feed->pull({}, {}, {});
        REQUIRE_FALSE(batch);
        CHECK(batch.error().verdict == Verdict::retry);
        CHECK(batch.error().what.find("canary") == std::string::npos);
        return batch.error().code;
    };
    CHECK(error_of("postgresql://u:canary@127.0.0.1:1/lab") == "cannot_connect");
    std::string dsn = environment("PG_DSN");
    dsn.replace(dsn.find("postgres@"), 8, "nobody:canary");
    CHECK(error_of(dsn) == "bad_credentials");
    dsn = environment("PG_DSN");
    CHECK(error_of(dsn.substr(0, dsn.rfind('/')) + "/absent") == "no_database");
}

TEST_CASE("a table, a column or a right that is missing stops the stream", "[postgres]") {
    Shop shop;
    shop.make_items(1);
    shop.run("create role conn_stranger login");
    const auto error_of = [](const std::string& dsn, const std::string& stream, std::vector<std::string> columns) {
        const auto batch = Configured(connector(), dsn, stream, std::move(columns)).open()->pull({}, {}, {});
        REQUIRE_FALSE(batch);
        CHECK(batch.error().verdict == Verdict::stop);
        return batch.error().code;
    };
    CHECK(error_of(source(), "{table: conn.itme, key: [id]}", {}) == "undefined_table");
    CHECK(error_of(source(), "{table: conn.item, key: [id]}", {"nmae"}) == "undefined_column");
    CHECK(error_of(source(), "{query: selec 1, key: [id]}", {}) == "bad_statement");
    CHECK(error_of(source(), "{table: conn.item, key: [id], watermark: {column: name}}", {}) == "bad_watermark");
    std::string stranger = source("PG_DSN");
    stranger.replace(stranger.find("postgres@"), 8, "conn_stranger");
    CHECK(error_of(stranger, watched, {}) == "no_right");
    shop.run("drop role conn_stranger");
}

TEST_CASE("the definition is checked against the catalogue", "[postgres]") {
    Shop shop;
    shop.make_items(1);
    shop.run("create table conn.line(item_id int, no int)");
    const auto messages = [](const std::string& stream, std::vector<std::string> columns = {},
                             const char* dsn = "PG_MONITOR_DSN") {
        const auto found = Configured(connector(), source(dsn), stream).open()->check(0, columns, {});
        REQUIRE(found);
        std::string all;
        for (const Finding& finding : *found)
            all += (finding.severity == Severity::error ? "E " : "W ") + finding.message + "\n";
        return all;
    };
    CHECK(messages("{table: conn.itme, key: [id]}") == "E no table 'conn.itme', did you mean 'conn.item'?\n");
    CHECK(messages("{table: conn.item, key: [id]}", {"id", "nmae"}) ==
          "E no column 'nmae' in conn.item, did you mean 'name'?\n");
    CHECK(messages("{table: conn.item, key: [id]}", {"id", "name"}).empty());
    CHECK(messages(watched) ==
          "W watermark column 'changed' of conn.item can be null: such rows are read by the first load only\n"
          "W no index starts with 'changed': each poll reads the whole table; CREATE INDEX ON "
          "\"conn\".\"item\" (\"changed\", \"id\")\n");
    shop.run("create index on conn.item (changed, id); alter table conn.item alter changed set not null");
    CHECK(messages(watched).empty());
    CHECK(messages(watched, {}, "PG_READER_DSN").find("GRANT pg_read_all_stats TO \"reader\"") != std::string::npos);
    CHECK(messages("{table: conn.item, key: [name]}").find("no unique index says that (name)") != std::string::npos);
    CHECK(messages("{table: conn.item, key: [id], include: {l: {table: conn.line, on: {item_id: id}, key: [no]}}}") ==
          "W no unique index says that (item_id, no) is one row of conn.line: of two rows with one key both are "
          "children\n"
          "W no index starts with (item_id): each page reads the whole table; CREATE INDEX ON "
          "\"conn\".\"line\" (\"item_id\")\n");
    CHECK(messages("{query: select id from conn.item, key: [id]}", {"name"}).starts_with("E no column 'name'"));
    shop.run(R"(create table conn."order"("select" int primary key, ts timestamptz not null))");
    const std::string message = messages("{table: conn.order, key: [select], watermark: {column: ts}}");
    CHECK(message.ends_with(R"(; CREATE INDEX ON "conn"."order" ("ts", "select"))"
                            "\n"));
    shop.run(message.substr(message.find("CREATE INDEX")));
    CHECK(messages("{table: conn.order, key: [select], watermark: {column: ts}}").empty());
}

TEST_CASE("nothing a writer commits is lost beside eight of them", "[postgres]") {
    Shop shop;
    shop.make_items(100);
    shop.run("alter table conn.item add rev int not null default 0");
    const auto feed = Configured(connector(), source(), watched).open();
    std::vector<Session> sessions(8);
    std::atomic<int> writing = 8, failures = 0;
    std::vector<std::thread> writers;
    for (int number = 0; number < 8; ++number)
        writers.emplace_back([&, number] {
            for (int i = 0; i < 60; ++i) {
                const std::string id = std::to_string((number * 37 + i * 11) % 100 + 1);
                const bool ran = sessions[static_cast<std::size_t>(number)].runs(
                    "begin; update conn.item set rev = rev + 1, changed = now() where id = " + id +
                    (i % 10 == 0 ? "; select pg_sleep(0.2)" : "") + (i % 7 == 0 ? "; rollback" : "; commit"));
                if (!ran) ++failures;
            }
            --writing;
        });
    table::test::Revisions revisions(*feed);
    while (writing > 0) revisions.poll();
    for (std::thread& writer : writers) writer.join();
    CHECK(failures == 0);
    while (revisions.poll()) continue;
    while (revisions.poll()) continue;
    CHECK(std::to_string(revisions.sum()) == shop.run("select sum(rev) from conn.item"));
}

}  // namespace
}  // namespace tributary::postgres
