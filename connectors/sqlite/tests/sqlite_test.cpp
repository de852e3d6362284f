#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>
#include <thread>

#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/kit/table/tests/readme.hpp"
#include "connectors/sqlite/connector.hpp"
#include "connectors/sqlite/tests/shop.hpp"
#include "connectors/sqlite/types.hpp"
#include "core/model/key_text.hpp"

namespace tributary::sqlite {
namespace {

using table::test::at;
using table::test::Configured;
using table::test::pulled;
using test::Shop;

constexpr const char* watched = "{table: item, key: [id], watermark: {column: changed}}";

/// Reads until nothing more is there at once; returns the rows in the order they came, as `id=name`.
std::vector<std::string> drain(Feed& feed, Position& position, const Feed::Limits& limits = {}) {
    std::vector<std::string> rows;
    for (bool more = true; more;) {
        const Batch batch = pulled(feed, position, limits);
        for (const Row& row : batch.rows)
            rows.push_back(std::to_string(row.key[0].integer) + "=" + std::string(at(row, "name").view()));
        position = batch.next;
        more = batch.more;
    }
    return rows;
}

void make_items(Shop& shop, int count) {
    shop.run("create table item(id integer primary key, name text, changed text default (datetime('now')))");
    shop.run("with recursive n(i) as (select 1 union all select i + 1 from n where i < " + std::to_string(count) +
             ") insert into item(id, name) select i, 'n' || i from n");
}

TEST_CASE("a table is loaded by key and then polled by watermark", "[sqlite]") {
    Shop shop;
    make_items(shop, 25);
    const auto feed = Configured(connector(), shop.source(), watched).open();

    Position position;
    const Batch first = pulled(*feed, position, {.rows = 10});
    REQUIRE(first.rows.size() == 10);
    CHECK(first.cause == Cause::load);
    CHECK(first.more);
    CHECK(first.progress.rows == 10);
    CHECK(first.progress.expected == 25);
    CHECK(first.rows[9].key[0].integer == 10);
    position = first.next;

    // The rows of the last minute are read once more: the overlap of a bound that cannot be trusted.
    CHECK(drain(*feed, position, {.rows = 10}).size() == 15 + 25);

    shop.run("update item set name = 'new', changed = datetime('now') where id = 7");
    const auto changed = drain(*feed, position);
    CHECK(std::find(changed.begin(), changed.end(), "7=new") != changed.end());
}

TEST_CASE("a feed that was just opened reads, whether anybody commits or not", "[sqlite]") {
    Shop shop;
    make_items(shop, 3);
    Configured configured(connector(), shop.source(), "{table: item, key: [id]}");
    const auto feed = configured.open();
    Position position;
    drain(*feed, position);
    CHECK(drain(*feed, position).empty());
    CHECK(drain(*configured.open(), position).size() == 3);
}

TEST_CASE("while nobody commits a poll reads nothing and stays where it is", "[sqlite]") {
    Shop shop;
    make_items(shop, 3);
    const auto feed = Configured(connector(), shop.source(), watched).open();
    Position position;
    drain(*feed, position);
    const Batch idle = pulled(*feed, position);
    CHECK(idle.rows.empty());
    CHECK(idle.next == position);
    CHECK(idle.current_to != no_time);
    shop.run("insert into item(id, name) values (4, 'four')");
    CHECK(drain(*feed, position).size() == 4);
}

TEST_CASE("a load goes on from any of its positions, by another process", "[sqlite]") {
    Shop shop;
    make_items(shop, 40);
    Position position;
    std::vector<Position> positions;
    const auto feed = Configured(connector(), shop.source(), watched).open();
    for (std::size_t read = 0; read < 40; read += 7) {
        positions.push_back(position);
        position = pulled(*feed, position, {.rows = 7}).next;
    }
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const auto again = Configured(connector(), shop.source(), watched).open();
        const Batch batch = pulled(*again, positions[i], {.rows = 7});
        REQUIRE_FALSE(batch.rows.empty());
        CHECK(batch.rows[0].key[0].integer == static_cast<std::int64_t>(7 * i + 1));
    }
}

TEST_CASE("ten thousand rows with one stamp are all found, whatever the page", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto feed = Configured(connector(), shop.source(), watched).open();
    Position position;
    drain(*feed, position);
    shop.run(
        "with recursive n(i) as (select 2 union all select i + 1 from n where i < 10000) "
        "insert into item(id, name, changed) select i, 'tied', '2099-01-01 00:00:00' from n");
    const auto rows = drain(*feed, position, {.rows = 999});
    CHECK(std::set(rows.begin(), rows.end()).size() == 10'000);
}

TEST_CASE("a row stamped two days ahead is read and does not hide what comes after it", "[sqlite]") {
    Shop shop;
    make_items(shop, 2);
    const auto feed = Configured(connector(), shop.source(), watched).open();
    Position position;
    drain(*feed, position);
    shop.run("update item set name = 'ahead', changed = datetime('now', '+2 days') where id = 1");
    auto rows = drain(*feed, position);
    CHECK(std::count(rows.begin(), rows.end(), "1=ahead") == 1);
    shop.run("update item set name = 'now', changed = datetime('now') where id = 2");
    rows = drain(*feed, position);
    CHECK(std::count(rows.begin(), rows.end(), "2=now") == 1);
}

TEST_CASE("a stamp that is no time is read and decides nothing", "[sqlite]") {
    Shop shop;
    make_items(shop, 3);
    shop.run("update item set changed = 'tomorrow' where id = 2");
    const auto feed = Configured(connector(), shop.source(), watched).open();
    Position position;
    auto rows = drain(*feed, position);
    CHECK(std::set(rows.begin(), rows.end()).size() == 3);
    shop.run("update item set name = 'now', changed = datetime('now') where id = 3");
    rows = drain(*feed, position);
    CHECK(std::count(rows.begin(), rows.end(), "3=now") == 1);
}

TEST_CASE("stamps may be text with T, or numbers since 1970", "[sqlite]") {
    const auto stamp = GENERATE("strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", "unixepoch('now')", "unixepoch('now') * 1000",
                                "unixepoch('now') * 1.0", "julianday('now')", "date('now')");
    CAPTURE(stamp);
    Shop shop;
    shop.run("create table item(id integer primary key, name text, changed)");
    shop.run("insert into item values (1, 'old', " + std::string(stamp) + ")");
    const auto feed = Configured(connector(), shop.source(), watched).open();
    Position position;
    drain(*feed, position);
    shop.run("insert into item values (2, 'new', " + std::string(stamp) + ")");
    const auto rows = drain(*feed, position);
    CHECK(std::count(rows.begin(), rows.end(), "2=new") == 1);
    const Batch once = pulled(*Configured(connector(), shop.source(), watched).open(), {});
    if (std::string(stamp) != "date('now')") CHECK(once.read_at - once.rows[0].source_time < 60'000'000);
}

TEST_CASE("a stamp tells its instant, in the declared zone or UTC where it names none", "[sqlite]") {
    Shop shop;
    shop.run("create table item(id integer primary key, name text, changed text)");
    shop.run(
        "insert into item values (1, 'winter', '2026-01-31 10:00:00'), (2, 'summer', '2026-07-31 10:00:00'), "
        "(3, 'new york', '2026-01-31T05:00:00.5-05:00'), (4, 'kathmandu', '2026-01-31T15:45+0545'), "
        "(5, 'utc', '2026-01-31T10:00:00Z'), (6, 'day', '2026-01-31')");
    const auto times = [&](const std::string& zone) {
        std::vector<std::int64_t> all;
        const Batch batch = pulled(*Configured(connector(), shop.source(), watched, {}, zone).open(), {});
        for (const Row& row : batch.rows) all.push_back(row.source_time);
        return all;
    };
    constexpr std::int64_t hour = 3'600'000'000;
    constexpr std::int64_t winter = 1'769'853'600'000'000, summer = 1'785'492'000'000'000;  // at 10:00 UTC
    CHECK(times({}) == std::vector{winter, summer, winter + 500'000, winter, winter, no_time});
    CHECK(times("Europe/Warsaw") ==
          std::vector{winter - hour, summer - 2 * hour, winter + 500'000, winter, winter, no_time});
    const Batch plain = pulled(*Configured(connector(), shop.source(), watched).open(), {});
    CHECK(plain.rows[0].position == "2026-01-31 10:00:00");
}

TEST_CASE("stamps of one column that are written in many ways are all polled, and old ones are left alone",
          "[sqlite]") {
    const auto zone = GENERATE("", "Pacific/Kiritimati", "Pacific/Pago_Pago");
    const auto newest = GENERATE("%Y-%m-%dT%H:%M:%fZ", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d");
    CAPTURE(zone, newest);
    Shop shop;
    const auto now = [](const std::string& form, const std::string& shift = "+0 hours") {
        return "strftime('" + form + "', 'now', '" + shift + "')";
    };
    // Fourteen hours ahead of UTC and eleven behind.
    const std::string local = std::string(zone) == "Pacific/Kiritimati"  ? "+14 hours"
                              : std::string(zone) == "Pacific/Pago_Pago" ? "-11 hours"
                                                                         : "+0 hours";
    shop.run("create table item(id integer primary key, name text, changed text)");
    shop.run("create index by_change on item(changed, id)");
    shop.run("insert into item values (1, 'old', " + now(newest, "-3 days") + ")");
    const auto feed = Configured(connector(), shop.source(), watched, {}, zone).open();
    Position position;
    drain(*feed, position);
    shop.run("insert into item values (2, 'T', " + now("%Y-%m-%dT%H:%M:%S", local) + "), (3, 'space', " +
             now("%Y-%m-%d %H:%M:%S", local) + "), (4, 'Z', " + now("%Y-%m-%dT%H:%M:%fZ") + "), (5, 'space Z', " +
             now("%Y-%m-%d %H:%M:%SZ") + "), (6, 'day', " + now("%Y-%m-%d", local) + "), (7, 'minute', " +
             now("%Y-%m-%dT%H:%M", local) + "), (8, 'west', " + now("%Y-%m-%dT%H:%M:%S-05:00", "-5 hours") +
             "), (9, 'east', " + now("%Y-%m-%d %H:%M:%S+13:00", "+13 hours") + "), (10, 'basic', " +
             now("%Y-%m-%dT%H:%M:%S-1200", "-12 hours") + "), (11, 'hour', " + now("%Y-%m-%d %H", local) + ")");
    shop.run("insert into item values (20, 'old T', " + now("%Y-%m-%dT%H:%M:%S", local) + "), (21, 'old space', " +
             now("%Y-%m-%d %H:%M:%S", local) + "), (22, 'old east', " + now("%Y-%m-%dT%H:%M:%S+13:00", "+13 hours") +
             ")");
    shop.run(
        "update item set changed = replace(changed, substr(changed, 1, 10), date(substr(changed, 1, 10), '-2 days')) "
        "where id >= 20");
    const auto rows = drain(*feed, position);
    const std::set<std::string> found(rows.begin(), rows.end());
    CHECK(found == std::set<std::string>{"2=T", "3=space", "4=Z", "5=space Z", "6=day", "7=minute", "8=west", "9=east",
                                         "10=basic", "11=hour"});
}

TEST_CASE("stamps that polling cannot find are told", "[sqlite]") {
    const auto [usual, odd] = GENERATE(std::pair{"datetime('now')", "''"}, std::pair{"datetime('now')", "17"},
                                       std::pair{"datetime('now')", "'01/02/2026'"},
                                       std::pair{"unixepoch('now') * 1000", "unixepoch('now')"});
    CAPTURE(usual, odd);
    Shop shop;
    shop.run("create table item(id integer primary key, name text, changed)");
    shop.run("insert into item values (1, 'usual', " + std::string(usual) + ")");
    const auto feed =
        Configured(connector(), shop.source(), "{table: item, key: [id], watermark: {column: changed, overlap: 1m}}")
            .open();
    Position position;
    drain(*feed, position);
    CHECK(pulled(*feed, position).conditions.empty());
    shop.run("insert into item values (2, 'odd', " + std::string(odd) + ")");
    const Batch batch = pulled(*feed, position);
    REQUIRE(batch.conditions.size() == 1);
    CHECK(batch.conditions[0].code == "mixed_watermark");
    CHECK(feed->check(0, {}, {})->back().message == batch.conditions[0].what);
}

TEST_CASE("a bound that cannot be trusted is told until somebody says how long transactions take", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto told = [&](const std::string& stream) {
        const auto feed = Configured(connector(), shop.source(), stream).open();
        const Batch batch = pulled(*feed, {});
        const auto found = feed->check(0, {}, {});
        REQUIRE(found);
        const bool in_lint = std::any_of(found->begin(), found->end(), [](const Finding& finding) {
            return finding.message.find("longest transaction") != std::string::npos;
        });
        CHECK(in_lint == !batch.conditions.empty());
        return batch.conditions.empty() ? "" : batch.conditions[0].code;
    };
    CHECK(told(watched) == "untrusted_bound");
    CHECK(told("{table: item, key: [id], watermark: {column: changed, overlap: 5m}}").empty());
    CHECK(told("{table: item, key: [id]}").empty());
}

TEST_CASE("rows without a stamp come with the first load", "[sqlite]") {
    Shop shop;
    make_items(shop, 2);
    shop.run("update item set changed = null where id = 1");
    const auto feed = Configured(connector(), shop.source(), watched).open();
    CHECK(pulled(*feed, {}).rows.size() == 2);
}

TEST_CASE("without a watermark everything is read again, between begin and end", "[sqlite]") {
    Shop shop;
    make_items(shop, 5);
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    std::vector<Scan> marks;
    Position position;
    for (bool more = true; more;) {
        const Batch batch = pulled(*feed, position, {.rows = 2});
        marks.push_back(batch.scan);
        CHECK(batch.cause == Cause::load);
        position = batch.next;
        more = batch.more;
    }
    CHECK(marks == std::vector{Scan::begin, Scan::page, Scan::end});
    shop.run("delete from item where id > 1");
    const Batch again = pulled(*feed, position);
    CHECK(again.scan == Scan::begin);
    CHECK(again.cause == Cause::change);
    CHECK(again.rows.size() == 1);
    CHECK(pulled(*feed, again.next).scan == Scan::end);
}

TEST_CASE("a watermark may be added to a running stream, and be removed again", "[sqlite]") {
    Shop shop;
    make_items(shop, 4);
    shop.run("update item set changed = '2026-01-31 10:00:00'");
    Position position;
    drain(*Configured(connector(), shop.source(), "{table: item, key: [id]}").open(), position);

    shop.run("update item set name = 'meanwhile' where id = 2");
    const auto polled = Configured(connector(), shop.source(), watched).open();
    const Batch load = pulled(*polled, position);
    CHECK(load.rows.size() == 4);
    CHECK(load.cause == Cause::change);
    position = load.next;
    CHECK(drain(*polled, position).empty());
    shop.run("update item set name = 'new', changed = datetime('now') where id = 3");
    CHECK(drain(*polled, position) == std::vector<std::string>{"3=new"});

    const auto scanned = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    const Batch scan = pulled(*scanned, position);
    CHECK(scan.scan == Scan::begin);
    CHECK(scan.rows.size() == 4);
    CHECK(scan.cause == Cause::change);
}

TEST_CASE("a feed that is sent back to the end of a scan reads what the next one found once more", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    Position position;
    drain(*feed, position);
    const Position committed = position;
    shop.run("update item set name = 'new'");
    CHECK(drain(*feed, position) == std::vector<std::string>{"1=new"});
    position = committed;
    CHECK(drain(*feed, position) == std::vector<std::string>{"1=new"});
}

TEST_CASE("values come as they are stored", "[sqlite]") {
    Shop shop;
    shop.run(
        "create table item(id integer primary key, big integer, text_ text, raw blob, real_ real, flag boolean, "
        "doc json, missing text)");
    shop.run(
        "insert into item values (1, -9223372036854775808, 'a' || char(0) || 'ż', x'00ff', 0.1, 1, '{\"a\":1}', "
        "null), (2, 1, cast(x'fffe' as text), x'', 1e300, 0, '[]', '123456789012345678901234567890.12')");
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    const Batch batch = pulled(*feed, {});
    const Row& row = batch.rows[0];
    CHECK(at(row, "big").integer == INT64_MIN);
    CHECK(at(row, "text_").view() == std::string_view("a\0ż", 4));
    CHECK(at(row, "raw").kind == Kind::bytes);
    CHECK(at(row, "raw").view() == std::string_view("\x00\xff", 2));
    CHECK(at(row, "real_").real == 0.1);
    CHECK(at(row, "flag").kind == Kind::boolean);
    CHECK(at(row, "flag").boolean);
    CHECK(at(row, "doc").kind == Kind::json);
    CHECK(at(row, "missing").is_null());
    CHECK(at(batch.rows[1], "text_").view() == "\xff\xfe");
    CHECK(at(batch.rows[1], "missing").view() == "123456789012345678901234567890.12");
}

TEST_CASE("only the columns a mapping reads are selected, the key first", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}", {"name"}).open();
    const Batch batch = pulled(*feed, {});
    CHECK(batch.rows[0].values.shape->names == std::vector<std::string>{"id", "name"});
}

TEST_CASE("a key of several columns pages and resumes, also where bytes are no UTF-8", "[sqlite]") {
    Shop shop;
    shop.run("create table item(a text, b blob, name text, primary key(a, b))");
    shop.run("insert into item values ('x', x'00', '1'), ('x', x'ff', '2'), (cast(x'ff' as text), x'01', '3')");
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [a, b]}").open();
    std::string names;
    Position position;
    for (int i = 0; i < 3; ++i) {
        const Batch batch = pulled(*feed, position, {.rows = 1});
        REQUIRE(batch.rows.size() == 1);
        names += at(batch.rows[0], "name").view();
        position = batch.next;
    }
    CHECK(names == "123");
}

/// Rows with a null in their key, among all that come until nothing more is there at once.
std::size_t keyless(Feed& feed, Position& position, const Feed::Limits& limits = {}) {
    std::size_t count = 0;
    for (bool more = true; more;) {
        const Batch batch = pulled(feed, position, limits);
        for (const Row& row : batch.rows)
            count += std::any_of(row.key.begin(), row.key.end(), [](const Value& part) { return part.is_null(); });
        position = batch.next;
        more = batch.more;
    }
    return count;
}

TEST_CASE("rows with a null in their key come with the load, a scan and a poll", "[sqlite]") {
    const auto from = GENERATE("table: item", "query: select * from item");
    const auto watermark = GENERATE(", watermark: {column: changed}", "");
    CAPTURE(from, watermark);
    Shop shop;
    shop.run("create table item(a text, b text, name text, changed text, primary key(a, b))");
    shop.run(
        "insert into item values ('x', 'y', 'whole', '2026-01-31 10:00:00'), ('x', null, 'half', '2026-01-31 "
        "10:00:00'),"
        "(null, null, 'none', '2026-01-31 10:00:00')");
    const auto feed =
        Configured(connector(), shop.source(), "{" + std::string(from) + ", key: [a, b]" + watermark + "}").open();
    Position position;
    CHECK(keyless(*feed, position, {.rows = 1}) == 2);
    shop.run("insert into item values (null, 'z', 'late', datetime('now'))");
    const bool polled = *watermark != 0;
    CHECK(keyless(*feed, position) == (polled ? 1 : 3));
    if (!polled) return;
    shop.run("update item set changed = '2026-01-31 10:00:00'");
    CHECK(keyless(*feed, position) == 0);
}

TEST_CASE("a table whose key cannot be null is not asked for rows without one", "[sqlite]") {
    Shop shop;
    const auto table = GENERATE("create table item(id integer primary key, name text)",
                                "create table item(id text primary key, name text) without rowid",
                                "create table item(id text not null primary key, name text)");
    shop.run(table);
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    const auto found = feed->check(0, {}, {});
    REQUIRE(found);
    CHECK(found->empty());
}

TEST_CASE("more rows without a key than can be told are told as a condition until a load finds few", "[sqlite]") {
    Shop shop;
    shop.run("create table item(id integer, name text)");
    shop.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1500) "
        "insert into item select null, 'n' || i from n");
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    Batch batch = pulled(*feed, {});
    CHECK(batch.rows.size() == 1000);
    REQUIRE(batch.conditions.size() == 1);
    CHECK(batch.conditions[0].code == "too_many_null_keys");
    batch = pulled(*feed, batch.next);
    CHECK(batch.conditions.size() == 1);
    shop.run("delete from item where name > 'n2'");
    CHECK(pulled(*feed, batch.next).conditions.empty());
}

TEST_CASE("a query is read like a table", "[sqlite]") {
    Shop shop;
    make_items(shop, 3);
    const auto feed = Configured(connector(), shop.source(),
                                 "{query: \"select id, upper(name) as name, changed from item -- all\\n;\", "
                                 "key: [id], watermark: {column: changed}}")
                          .open();
    Position position;
    CHECK(drain(*feed, position, {.rows = 2}).front() == "1=N1");
}

TEST_CASE("only the rows a condition names are read, by loads and polls, from tables and queries", "[sqlite]") {
    Shop shop;
    make_items(shop, 9);
    const std::string read = GENERATE("table: item", "query: select * from item");
    const auto feed =
        Configured(
            connector(), shop.source(),
            "{" + read + R"(, key: [id], watermark: {column: changed}, where: "name = 'n3' or id > 7 -- these"})")
            .open();
    Position position;
    const Batch first = pulled(*feed, position, {.rows = 2});
    CHECK(first.rows.size() == 2);
    CHECK(first.progress.expected == 0);
    CHECK(drain(*feed, position, {.rows = 2}) ==
          std::vector<std::string>{"3=n3", "8=n8", "9=n9", "3=n3", "8=n8", "9=n9"});
    shop.run("update item set name = 'new', changed = datetime('now') where id in (1, 8)");
    auto polled = drain(*feed, position);
    std::sort(polled.begin(), polled.end());
    CHECK(polled == std::vector<std::string>{"3=n3", "8=new", "9=n9"});
}

TEST_CASE("a condition that is no SQL is found by the check, at its place", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto check = [&](const std::string& where) {
        const auto found = Configured(connector(), shop.source(), "{table: item, key: [id], where: \"" + where + "\"}")
                               .open()
                               ->check(0, {}, {});
        REQUIRE(found);
        return *found;
    };
    CHECK(check("id > 7").empty());
    const auto found = check("nmae = 'x'");
    REQUIRE(found.size() == 1);
    CHECK(found[0].severity == Severity::error);
    CHECK(found[0].column == "nmae = 'x'");
    CHECK(found[0].message.find("no such column: nmae") != std::string::npos);
    CHECK(check("id >").size() == 1);
    CHECK_FALSE(Configured(connector(), shop.source(), "{table: item, key: [id], where: ' '}").usable());
}

TEST_CASE("a page ends when it holds enough bytes", "[sqlite]") {
    Shop shop;
    shop.run("create table item(id integer primary key, name text)");
    shop.run(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) "
        "insert into item select i, hex(zeroblob(100000)) from n");
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    const Batch batch = pulled(*feed, {}, {.rows = 1000, .bytes = 1'000'000});
    CHECK(batch.rows.size() < 12);
    CHECK(batch.more);
}

TEST_CASE("a file that is missing, locked or no database is tried again", "[sqlite]") {
    Shop shop;
    const auto missing = Configured(connector(), "path: " + shop.path() + ".not", watched).open();
    auto batch = missing->pull({}, {}, {});
    REQUIRE_FALSE(batch);
    CHECK(batch.error().verdict == Verdict::retry);
    CHECK(batch.error().code == "cannot_open");

    make_items(shop, 1);
    shop.run("pragma journal_mode = delete");
    shop.run("begin exclusive");
    const auto locked = Configured(connector(), shop.source() + "\nbusy_timeout: 20ms", watched).open();
    batch = locked->pull({}, {}, {});
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == "locked");
    shop.run("commit");
    CHECK(locked->pull({}, {}, {}));
}

TEST_CASE("a file that was put in the place of another is read", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    CHECK(pulled(*feed, {}).rows.size() == 1);
    shop.close();
    std::filesystem::remove(shop.path());
    shop.open();
    make_items(shop, 2);
    CHECK(pulled(*feed, {}).rows.size() == 2);
}

TEST_CASE("a file that was put in the place of another is read at once, though nobody commits into it", "[sqlite]") {
    Shop shop;
    make_items(shop, 2);
    // a log that outlives its file would be taken for the next one's
    shop.run("pragma journal_mode = delete");
    const auto feed = Configured(connector(), shop.source(), watched).open();
    Position position;
    (void)drain(*feed, position);
    for (int poll = 0; poll < 3; ++poll) (void)drain(*feed, position);
    {
        // as a nightly export does it
        Shop next;
        make_items(next, 2);
        next.run("update item set name = 'new', changed = datetime('now', '+1 second') where id = 2");
        next.run("pragma journal_mode = delete");
        next.close();
        shop.close();
        std::filesystem::rename(next.path(), shop.path());
    }
    const auto changed = drain(*feed, position);
    CAPTURE(changed);
    CHECK(std::find(changed.begin(), changed.end(), "2=new") != changed.end());
}

TEST_CASE("small numbers are taken for a counter unless somebody says what they count", "[sqlite]") {
    Shop shop;
    shop.run("create table item(id integer primary key, name text, changed integer)");
    shop.run("insert into item values (1, 'n1', 57), (2, 'n2', 58)");
    const auto counted = Configured(connector(), shop.source(), watched).open()->pull({}, {}, {});
    REQUIRE_FALSE(counted);
    CHECK(counted.error().code == "bad_watermark");
    const auto feed =
        Configured(connector(), shop.source(), "{table: item, key: [id], watermark: {column: changed, unit: s}}")
            .open();
    Position position;
    (void)drain(*feed, position);
    shop.run("update item set name = 'new', changed = strftime('%s', 'now') where id = 2");
    const Batch batch = pulled(*feed, position);
    REQUIRE(batch.rows.size() == 1);
    CHECK(batch.read_at - batch.rows[0].source_time < 60'000'000);
}

TEST_CASE("a watermark that is no text goes into events as hex", "[sqlite]") {
    Shop shop;
    make_items(shop, 2);
    shop.run("update item set changed = cast(x'ff41' as text) where id = 1");
    const auto feed = Configured(connector(), shop.source(), watched).open();
    CHECK(pulled(*feed, {}).rows.at(0).position == "ff41");
}

TEST_CASE("a missing column stops the stream and suggests another", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}", {"nmae"}).open();
    const auto batch = feed->pull({}, {}, {});
    REQUIRE_FALSE(batch);
    CHECK(batch.error().verdict == Verdict::stop);
    CHECK(batch.error().what == "no column 'nmae' in item, did you mean 'name'?");
}

TEST_CASE("a long read ends within a second of stop", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    const auto feed = Configured(connector(), shop.source(),
                                 "{query: \"with recursive n(i) as (select 1 union all select i + 1 from n) select "
                                 "max(i) as id from n\", key: [id]}")
                          .open();
    std::stop_source stop;
    std::jthread stopper([&] { stop.request_stop(); });
    const auto before = std::chrono::steady_clock::now();
    const auto batch = feed->pull({}, {}, stop.get_token());
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == "stopped");
}

TEST_CASE("children come with their parents, in the order of their key", "[sqlite]") {
    Shop shop;
    shop.run("create table orders(id integer primary key, name text)");
    shop.run("create table line(order_id integer, line_no integer, sku text)");
    shop.run("insert into orders values (1, 'two'), (2, 'none'), (3, 'one')");
    shop.run("insert into line values (1, 2, 'b'), (3, 1, 'c'), (1, 1, 'a'), (9, 1, 'orphan')");
    const auto feed = Configured(connector(), shop.source(),
                                 "{table: orders, key: [id], include: {lines: {table: line, on: {order_id: id}, key: "
                                 "[line_no]}}}",
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
    CHECK(at(batch.rows[1], "lines").kind == Kind::list);
    CHECK(skus(batch.rows[1]).empty());
    CHECK(skus(batch.rows[2]) == "c");
}

TEST_CASE("children are bounded by a page's bytes, and every parent comes with all of its own", "[sqlite]") {
    Shop shop;
    shop.run("create table orders(id integer primary key, name text)");
    for (const std::string child : {"line", "note"}) {
        shop.run("create table " + child + "(order_id integer, no integer, body text, primary key(order_id, no))");
        shop.run("with recursive n(i) as (select 0 union all select i + 1 from n where i < 5999) insert into " + child +
                 " select 1 + i / 60, i % 60, hex(zeroblob(500)) from n");
    }
    shop.run("insert into orders select distinct order_id, 'o' from line");
    shop.run("insert into line select 50, 60 * order_id + no, body from line where order_id > 60");
    const auto feed = Configured(connector(), shop.source(),
                                 "{table: orders, key: [id], include: {lines: {table: line, on: {order_id: id}, key: "
                                 "[no]}, notes: {table: note, on: {order_id: id}, key: [no]}}}")
                          .open();
    constexpr std::size_t limit = 2'000'000;
    constexpr std::size_t giant = 60 * 41 * 1'200;
    std::size_t orders = 0, lines = 0, notes = 0, pulls = 0;
    Position position;
    for (bool more = true; more; ++pulls) {
        const Batch batch = pulled(*feed, position, {.rows = 1000, .bytes = limit});
        CHECK(batch.arena.bytes() < limit + giant + 8 * Arena::chunk_bytes);
        for (const Row& row : batch.rows) {
            ++orders;
            lines += at(row, "lines").size;
            notes += at(row, "notes").size;
            CHECK(at(row, "notes").size == 60);
        }
        position = batch.next;
        more = batch.more;
    }
    CHECK(orders == 100);
    CHECK(notes == 6000);
    CHECK(lines == 6000 + 2400);
    CHECK(pulls < 40);
}

TEST_CASE("a child that many rows share is an object, and null where there is none", "[sqlite]") {
    Shop shop;
    shop.run("create table partner(code text, name text, note text)");
    shop.run("create table orders(id integer primary key, name text, partner text)");
    shop.run("insert into partner values ('P', 'Pat', 'x'), ('P', 'Ann', 'x')");
    shop.run("insert into orders values (1, 'a', 'P'), (2, 'b', null), (3, 'c', 'Q'), (4, 'd', 'P')");
    Configured configured(
        connector(), shop.source(),
        "{table: orders, key: [id], include: {who: {table: partner, on: {code: partner}, key: [name], "
        "one: true}}}",
        {"name", "who.name"});
    const auto feed = configured.open();
    const Batch batch = pulled(*feed, {});
    REQUIRE(batch.rows.size() == 4);
    const auto name = [&](std::size_t i) {
        const Value& who = at(batch.rows[i], "who");
        REQUIRE(who.kind == Kind::object);
        CHECK(who.object->shape->find("note") < 0);
        return std::string(who.object->values[who.object->shape->find("name")].view());
    };
    CHECK(name(0) == "Ann");
    CHECK(name(3) == "Ann");
    CHECK(at(batch.rows[1], "who").is_null());
    CHECK(at(batch.rows[2], "who").is_null());
    const auto found = feed->check(0, std::vector<std::string>{"who.name"}, {});
    REQUIRE(found);
    REQUIRE(found->size() == 2);
    CHECK((*found)[0].message ==
          "no unique index says that (code) is one row of partner: of several the first by key is taken");
}

TEST_CASE("an included row that is shared needs no key, a list does", "[sqlite]") {
    Shop shop;
    shop.run("create table partner(code text primary key, name text)");
    shop.run("create table orders(id integer primary key, partner text)");
    shop.run("insert into partner values ('P', 'Pat')");
    shop.run("insert into orders values (1, 'P')");
    const auto with = [&](const std::string& more) {
        return Configured(
            connector(), shop.source(),
            "{table: orders, key: [id], include: {who: {table: partner, on: {code: partner}" + more + "}}}");
    };
    auto shared = with(", one: true");
    CHECK(at(pulled(*shared.open(), {}).rows[0], "who").kind == Kind::object);
    const auto list = with("");
    CHECK(list.complaints().find("an include needs 'key'") != std::string::npos);
    const Configured twice(
        connector(), shop.source(),
        "{table: orders, key: [id], include: {partner: {table: partner, on: {code: partner}, one: true}}}");
    CHECK(twice.complaints().find("'partner' is a column that is read, too") != std::string::npos);
}

TEST_CASE("rows are searched by values however they were stored, and parents by those of their children", "[sqlite]") {
    Shop shop;
    shop.run("create table item(id integer primary key, code, changed text default (datetime('now')))");
    shop.run(
        "insert into item(id, code) values (1, '42'), (2, 42), (3, '042'), (4, null), (5, x'42'), (6, 'n'), (7, '')");
    shop.run("create table line(item_id integer, no integer, vat text)");
    shop.run("insert into line values (1, 1, 'a'), (1, 2, 'b'), (3, 1, 'b'), (6, 1, 'c')");
    const auto feed =
        Configured(connector(), shop.source(),
                   "{table: item, key: [id], watermark: {column: changed}, include: {lines: {table: line, "
                   "on: {item_id: id}, key: [no]}}}",
                   {"id", "code", "lines.vat"})
            .open();
    using Values = std::vector<std::vector<std::string>>;
    const auto found = [&](std::vector<std::string> columns, Values values) {
        std::string keys;
        Position after;
        for (bool more = true; more;) {
            const auto batch = feed->search(0, {columns, values}, after, {.rows = 1}, {});
            REQUIRE(batch);
            for (const Row& row : batch->rows) keys += std::to_string(row.key[0].integer) + " ";
            after = batch->next;
            more = batch->more;
        }
        return keys;
    };
    CHECK(found({"code"}, {{"42"}}) == "1 2 5 ");
    CHECK(found({"code"}, {{"n"}, {""}}) == "6 7 ");
    CHECK(found({"code"}, {{"N"}}).empty());
    CHECK(found({"lines.vat"}, {{"b"}}) == "1 3 ");
    CHECK(found({"lines.vat"}, {{"a"}, {"c"}}) == "1 6 ");
    CHECK(found({"code", "lines.vat"}, {{"042", "c"}, {"n", "b"}}) == "3 6 ");  // too many, which does no harm
    CHECK(found({"code"}, {}).empty());
    const auto none = feed->search(0, {{"no_such"}, {{"1"}}}, {}, {}, {});
    REQUIRE_FALSE(none);
    CHECK(none.error().verdict == Verdict::stop);
}

TEST_CASE("the definition is checked against the file", "[sqlite]") {
    Shop shop;
    make_items(shop, 1);
    shop.run("create table line(item_id integer, no integer)");
    const auto messages = [&](const std::string& stream, std::vector<std::string> columns = {}) {
        const auto feed = Configured(connector(), shop.source(), stream).open();
        const auto found = feed->check(0, columns, {});
        REQUIRE(found);
        std::string all;
        for (const Finding& finding : *found)
            all += (finding.severity == Severity::error ? "E " : "W ") + finding.message + "\n";
        return all;
    };
    CHECK(messages("{table: itme, key: [id]}") == "E no table 'itme', did you mean 'item'?\n");
    CHECK(messages("{table: item, key: [id]}", {"id", "nmae"}) == "E no column 'nmae' in item, did you mean 'name'?\n");
    CHECK(messages(watched) ==
          "W watermark column 'changed' of item can be null: such rows are read by the first load only\n"
          "W no index starts with 'changed': each poll reads the whole table; CREATE INDEX \"item_changed_id\" ON "
          "\"item\"(\"changed\", \"id\")\n"
          "W SQLite does not show open transactions: polls read back by the overlap of 60s, and rows of a transaction "
          "that takes longer are not found; give watermark.overlap, above the longest transaction, to do without this "
          "warning\n");
    CHECK(messages("{table: item, key: [name]}") ==
          "W key column 'name' of item can be null: rows where it is are rejected\n"
          "W no unique index says that (name) identifies a row of item: rows that share a key would replace one "
          "another\n");
    CHECK(messages("{table: item, key: [id], include: {lines: {table: line, on: {item_id: id}, key: [nr]}}}") ==
          "E no column 'nr' in line, did you mean 'no'?\n"
          "W no index starts with (item_id): each page reads the whole table; CREATE INDEX \"line_item_id\" ON "
          "\"line\"(\"item_id\")\n");
}

TEST_CASE("the index that check asks for can be made as it is written, and satisfies it", "[sqlite]") {
    Shop shop;
    shop.run(R"(create table "order"("select" integer primary key, "t""s" text not null))");
    const auto advice = [&] {
        const auto feed = Configured(connector(), shop.source(),
                                     R"({table: main.order, key: [select], watermark: {column: 't"s', overlap: 1m}})")
                              .open();
        const auto found = feed->check(0, {}, {});
        REQUIRE(found);
        return found->empty() ? std::string() : found->front().message;
    };
    const std::string message = advice();
    const std::size_t at = message.find("CREATE INDEX");
    REQUIRE(at != std::string::npos);
    shop.run(message.substr(at));
    CHECK(advice().empty());
}

TEST_CASE("keys are listed page by page and found again by their canonical texts, whatever was stored", "[sqlite]") {
    Shop shop;
    // no type, no affinity: every row keeps what it was given
    shop.run("create table item(id, name text)");
    shop.run(
        "insert into item values (42, 'number'), ('43', 'digits'), ('a/b', 'slash'), (x'00ff', 'bytes'), "
        "(1.5, 'no key'), (null, 'null'), ('', 'empty'), (-7, 'negative')");
    const auto feed = Configured(connector(), shop.source(), "{table: item, key: [id]}").open();
    std::vector<std::vector<std::string>> keys;
    std::string from;
    const std::size_t most = GENERATE(1, 2, 3, 6, 100);
    for (std::size_t size = most; size >= most;) {
        const auto page = feed->keys(0, from, most, {});
        REQUIRE(page);
        size = page->size();
        for (const KeyVersion& key : *page) {
            keys.push_back(key.key);
            from.clear();
            append_key_part(key.key[0], true, from);
        }
    }
    std::set<std::string> listed;
    for (const auto& key : keys) listed.insert(key[0]);
    CHECK(listed == std::set<std::string>{"-7", "42", "43", "a/b", "00ff", ""});
    keys.push_back({"44"});
    const auto batch = feed->fetch(0, keys, {});
    REQUIRE(batch);
    std::set<std::string> names;
    for (const Row& row : batch->rows) names.insert(std::string(at(row, "name").view()));
    CHECK(names == std::set<std::string>{"number", "digits", "slash", "bytes", "empty", "negative"});
}

TEST_CASE("a listing of keys that is not continued where it stands is refused", "[sqlite]") {
    Shop shop;
    make_items(shop, 5);
    const auto feed = Configured(connector(), shop.source(), watched).open();
    REQUIRE(feed->keys(0, "", 2, {}));
    CHECK(feed->keys(0, "4", 2, {}).error().code == "listing_lost");
}

TEST_CASE("rows that are fetched by key come with their children", "[sqlite]") {
    Shop shop;
    make_items(shop, 3000);
    shop.run("create table line(item_id integer, no integer, text text)");
    shop.run("insert into line select id, 1, 'l' || id from item");
    const auto feed =
        Configured(connector(), shop.source(),
                   "{table: item, key: [id], include: {lines: {table: line, on: {item_id: id}, key: [no]}}}")
            .open();
    std::vector<std::vector<std::string>> keys;
    for (int i = 1; i <= 2500; ++i) keys.push_back({std::to_string(i)});
    const auto batch = feed->fetch(0, keys, {});
    REQUIRE(batch);
    REQUIRE(batch->rows.size() == 2500);
    for (const Row& row : batch->rows) CHECK(at(row, "lines").items().size() == 1);
}

TEST_CASE("a definition that names too little or too much is refused", "[sqlite]") {
    const auto complaint = [](const std::string& stream) {
        return Configured(connector(), "path: x", stream).complaints();
    };
    CHECK(complaint("{key: [id]}").find("give the `table` to read, or a `query`") != std::string::npos);
    CHECK(complaint("{table: a, query: select 1, key: [id]}").find("not both") != std::string::npos);
    CHECK(complaint("{table: a}").find("key") != std::string::npos);
    CHECK(complaint("{table: a, key: [id], include: {b: {table: b, on: [x], key: [n]}}}").find("{order_id: id}") !=
          std::string::npos);
}

TEST_CASE("the options of sqlite are declared soundly and stand in its README", "[sqlite]") {
    CHECK(declaration_faults(connector().source_options()).empty());
    CHECK(declaration_faults(connector().stream_options()).empty());
    table::test::check_readme(connector());
    table::test::check_types("sqlite", types_as_markdown());
}

TEST_CASE("the mutant that skips ties loses rows of a real file", "[sqlite][mutant]") {
    Shop shop;
    make_items(shop, 1);
    const auto wrong = connector_with({.ties_by_key = false});
    const auto feed = Configured(*wrong, shop.source(), watched).open();
    Position position;
    drain(*feed, position);
    shop.run(
        "insert into item(id, name, changed) values (2, 'a', '2099-01-01 00:00:00'), "
        "(3, 'b', '2099-01-01 00:00:00'), (4, 'c', '2099-01-01 00:00:00')");
    const auto rows = drain(*feed, position, {.rows = 2});
    CHECK(std::count(rows.begin(), rows.end(), "4=c") == 0);
}

}  // namespace
}  // namespace tributary::sqlite
