#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/odata/connector.hpp"
#include "connectors/odata/delta_entry.hpp"
#include "connectors/odata/delta_position.hpp"
#include "connectors/odata/tests/service.hpp"
#include "core/model/key_text.hpp"

namespace tributary::odata {
namespace {

using table::test::at;
using table::test::Configured;
using Key = std::vector<std::string>;

/// A set whose key has these types, named a, b, …
class Keyed {
  public:
    Keyed(Version version, const std::vector<std::string>& types) {
        Type made;
        for (const std::string& type : types) {
            const std::string name(1, static_cast<char>('a' + made.properties.size()));
            made.properties.push_back({.name = name, .edm = edm_of(type), .type = type});
        }
        model_.version = version;
        subject.path = "srv/Заказ";
        subject.version = version;
        subject.model = &model_;
        subject.type = &model_.types.emplace("T", std::move(made)).first->second;
        for (const Property& property : subject.type->properties) subject.key.push_back(&property);
    }
    std::optional<Key> of(std::string json) {
        Arena arena;
        http::JsonDecoder decoder;
        const auto entry = decoder.decode({json.data(), json.size()}, arena);
        REQUIRE(entry);
        return is_of_set(*entry, subject) ? key_of(*entry, subject) : Key{"another set's"};
    }

    Subject subject;

  private:
    Model model_;
};

TEST_CASE("an entity's id tells its key in the literals of every version", "[odata][delta]") {
    const auto in = [](const std::string& type, const std::string& predicate) {
        const Keyed set(Version::v2, {type});
        const auto key = key_in("https://erp/srv/T" + predicate, set.subject);
        return key ? key->front() : "none";
    };
    CHECK(in("Edm.String", "('O''Neil%20%26%20Co')") == "O'Neil & Co");
    CHECK(in("Edm.String", "(a='x=y,z(1)')") == "x=y,z(1)");
    CHECK(in("Edm.Int64", "(7L)") == "7");
    CHECK(in("Edm.Int32", "(a=7)") == "7");
    CHECK(in("Edm.Decimal", "(10.50M)") == "10.5");
    CHECK(in("Edm.Guid", "(guid'6F9619FF-8B86-D011-B42D-00C04FC964FF')") == "6f9619ff-8b86-d011-b42d-00c04fc964ff");
    CHECK(in("Edm.Guid", "(6f9619ff-8b86-d011-b42d-00c04fc964ff)") == "6f9619ff-8b86-d011-b42d-00c04fc964ff");
    CHECK(in("Edm.Boolean", "(true)") == "true");
    CHECK(in("Edm.Date", "(2026-01-31)") == "2026-01-31");
    CHECK(in("Edm.DateTimeOffset", "(datetimeoffset'2026-01-31T10:00:00Z')") == "2026-01-31T10:00:00.000000Z");

    Keyed pair(Version::v4, {"Edm.String", "Edm.Int32"});
    CHECK(key_in("T(b=10,a='7')", pair.subject) == Key{"7", "10"});
    CHECK(key_in("T(a='7,b=1',b=10)", pair.subject) == Key{"7,b=1", "10"});
    for (const char* const none : {"T", "T()", "T('7')", "T(a='7')", "T(a='7',c=1)", "T(a='7',b=x)", ")T(", ""}) {
        INFO(none);
        CHECK_FALSE(key_in(none, pair.subject));
    }
}

TEST_CASE("an entry behind a delta link tells whose it is, in whichever form", "[odata][delta]") {
    Keyed set(Version::v4, {"Edm.Int32"});
    const std::vector<const char*> own{
        R"j({"a":7,"text":"x"})j",
        R"j({"@removed":{"reason":"deleted"},"a":7})j",
        R"j({"@removed":{"reason":"changed"},"@id":"Заказ(7)"})j",
        R"j({"@odata.id":"http://h/srv/%D0%97%D0%B0%D0%BA%D0%B0%D0%B7(7)","text":"x"})j",
        R"j({"__metadata":{"uri":"http://h/srv/Z(7)"},"text":"x"})j",
        R"j({"@odata.context":"$metadata#Заказ/$deletedEntity","id":"Заказ(7)"})j",
        R"j({"@context":"http://h/$metadata#%D0%97%D0%B0%D0%BA%D0%B0%D0%B7(a)/$entity","a":7})j",
    };
    for (const char* const entry : own) {
        INFO(entry);
        CHECK(set.of(entry) == Key{"7"});
    }
    const std::vector<const char*> others{
        R"j({"@odata.context":"$metadata#Lines/$entity","a":7})j",
        R"j({"@odata.context":"$metadata#Заказ/$link","source":"Заказ(7)"})j",
        R"j({"@odata.context":"$metadata#Заказ/$deletedLink","source":"Заказ(7)"})j",
    };
    for (const char* const entry : others) {
        INFO(entry);
        CHECK(set.of(entry) == Key{"another set's"});
    }
    const std::vector<const char*> silent{
        R"j({"text":"x"})j",
        R"j({"a":null})j",
        R"j({"@odata.context":"$metadata#Заказ/$deletedEntity","id":7})j",
    };
    for (const char* const entry : silent) {
        INFO(entry);
        CHECK_FALSE(set.of(entry));
    }
}

TEST_CASE("a position of delta links is read as it was written", "[odata][delta]") {
    const DeltaPosition position{
        .link = "/a?$deltatoken=1", .since = "/a", .drained = true, .again = true, .rows = 7, .turn = 9};
    CHECK(read_delta_position(*write_delta_position(position)) == position);
    CHECK(read_delta_position({}) == DeltaPosition{});
    for (const char* const wrong :
         {"{", "[]", R"j({"v":1})", R"({"v":2,"of":"delta_links"})", R"({"v":1,"of":"delta_links","link":7})j",
          R"({"v":1,"of":"delta_links","turn":""})"}) {
        INFO(wrong);
        const auto read = read_delta_position(Position{wrong});
        REQUIRE_FALSE(read);
        CHECK(read.error().code == "bad_position");
    }
    const auto long_link = write_delta_position({.link = std::string(Position::most_bytes, 'x')});
    REQUIRE_FALSE(long_link);
    CHECK(long_link.error().code == "link_too_long");
}

/// What a consumer makes of the batches, scans included.
class Held {
  public:
    explicit Held(std::unique_ptr<Feed> feed) : feed_(std::move(feed)) {}

    void open(std::unique_ptr<Feed> feed) { feed_ = std::move(feed); }
    Batch pull(std::size_t rows = 1'000) {
        Batch batch = table::test::pulled(*feed_, position, {.rows = rows});
        if (batch.scan == Scan::begin) unseen_ = std::set<std::string>();
        if (batch.scan == Scan::begin)
            for (const auto& [key, text] : texts) unseen_->insert(key);
        for (const Row& row : batch.rows) {
            Arena arena;
            const std::string key(key_text(row.key[0], arena).text);
            if (unseen_) unseen_->erase(key);
            if (row.op == Op::remove)
                texts.erase(key);
            else
                texts[key] = at(row, "text").view();
        }
        if (batch.scan == Scan::end && unseen_) {
            for (const std::string& key : *unseen_) texts.erase(key);
            unseen_.reset();
        }
        position = batch.next;
        return batch;
    }
    /// Until nothing more is there at once: how many rows came.
    std::size_t drain(std::size_t rows = 1'000) {
        std::size_t came = 0;
        for (bool more = true; more;) {
            const Batch batch = pull(rows);
            came += batch.rows.size();
            more = batch.more;
        }
        return came;
    }

    Position position;
    std::map<std::string, std::string> texts;

  private:
    std::unique_ptr<Feed> feed_;
    std::optional<std::set<std::string>> unseen_;
};

Configured followed(const test::ODataService& service, const std::string& more = {}) {
    return {connector(), "{url: '" + service.url() + "/'}", "{set: item, key: [id], delta_links: true" + more + "}"};
}

TEST_CASE("what a service tells behind its delta links is read, and no more than that", "[odata][delta]") {
    const Version version = GENERATE(Version::v2, Version::v4);
    test::ODataService service(version, 7);
    service.track();
    for (int i = 1; i <= 40; ++i) service.put("item", i, "old", 0);
    service.put("part", 1, "not of this set", 0);
    Configured configured = followed(service);
    Held held(configured.open());
    CHECK(held.drain(15) == 40);
    CHECK(held.texts == service.texts("item"));
    CHECK(held.drain() == 0);

    for (int i = 1; i <= 9; ++i) service.put("item", 2 * i, "new", 0);
    service.put("item", 41, "another", 0);
    service.remove("item", 3);
    service.remove("item", 4);
    service.put("part", 2, "not of this set", 0);
    service.put("item", 50, "came and went", 0);
    service.remove("item", 50);
    CHECK(held.drain(5) == 12);
    CHECK(held.texts == service.texts("item"));
    CHECK(held.drain() == 0);

    SECTION("a process that begins goes on behind what was applied") {
        service.put("item", 5, "newer", 0);
        held.open(configured.open());
        CHECK(held.drain() == 1);
        CHECK(held.texts == service.texts("item"));
    }
    SECTION("a feed that is sent back reads again what was not applied") {
        service.put("item", 5, "newer", 0);
        const Position before = held.position;
        CHECK(held.drain() == 1);
        held.position = before;
        CHECK(held.drain() == 1);
    }
}

TEST_CASE("a delta link that has ended is answered by reading everything again, and said", "[odata][delta]") {
    test::ODataService service(Version::v4, 7);
    service.track();
    for (int i = 1; i <= 20; ++i) service.put("item", i, "old", 0);
    Configured configured = followed(service);
    Held held(configured.open());
    (void)held.drain();
    service.remove("item", 3);
    service.put("item", 4, "new", 0);
    service.expire();

    const Batch first = held.pull();
    CHECK(first.scan == Scan::begin);
    CHECK(first.cause == Cause::change);
    REQUIRE(first.conditions.size() == 1);
    CHECK(first.conditions.front().code == "delta_link_ended");
    SECTION("in one go") { (void)held.drain(); }
    SECTION("by two processes, of which the second begins again") {
        held.open(configured.open());
        CHECK(held.pull().scan == Scan::begin);
        (void)held.drain();
    }
    CHECK(held.texts == service.texts("item"));
    service.put("item", 5, "newer", 0);
    const Batch then = held.pull();
    CHECK(then.rows.size() == 1);
    CHECK(then.conditions.empty());
}

TEST_CASE("a service that never takes its own links is not read for ever", "[odata][delta]") {
    test::ODataService service(Version::v4, 7);
    service.track();
    for (int i = 1; i <= 20; ++i) service.put("item", i, "old", 0);
    Configured configured = followed(service);
    const auto feed = configured.open();
    Position position;
    for (int pulls = 0; pulls < 20; ++pulls) {
        const auto batch = feed->pull(position, {}, {});
        if (!batch) {
            CHECK(batch.error().code == "not_found");
            CHECK(pulls > 1);
            return;
        }
        position = batch->next;
        service.expire();
    }
    FAIL("it goes on and on");
}

TEST_CASE("a set that nobody tracks is told before anything is read, and behind its last row", "[odata][delta]") {
    test::ODataService service(Version::v4, 7);
    for (int i = 1; i <= 5; ++i) service.put("item", i, "old", 0);
    Configured configured = followed(service);
    const auto feed = configured.open();
    const auto found = feed->check(0, {}, {});
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().severity == Severity::error);
    CHECK(found->front().message.starts_with("the service gives no delta link for item"));
    const auto batch = feed->pull({}, {}, {});
    REQUIRE_FALSE(batch);
    CHECK(batch.error().code == "no_delta_link");

    service.track();
    CHECK(configured.open()->check(0, {}, {})->empty());
    CHECK_FALSE(followed(service, ", watermark: {column: changed}").usable());
    CHECK_FALSE(Configured(connector(), "{url: '" + service.url() + "'}",
                           "{set: 'Stock/Balance()', key: [id], delta_links: true}")
                    .usable());
    const auto absent =
        Configured(connector(), "{url: '" + service.url() + "'}", "{set: itme, key: [id], delta_links: true}")
            .open()
            ->pull({}, {}, {});
    REQUIRE_FALSE(absent);
    CHECK(absent.error().what.contains("did you mean 'item'?"));
}

TEST_CASE("whatever changes between pages, in the end a consumer holds what the service does", "[odata][delta]") {
    const Version version = GENERATE(Version::v2, Version::v4);
    const int seed = GENERATE(range(0, 20));
    INFO(static_cast<int>(version) << ' ' << seed);
    std::mt19937 random(static_cast<unsigned>(seed));
    const auto below = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
    const auto page = [&]() -> std::size_t { return 1 + random() % 9; };
    test::ODataService service(version, page());
    service.track();
    for (int i = 1; i <= 30; ++i) service.put("item", i, "r0", 0);
    Configured configured = followed(service);
    Held held(configured.open());
    for (int turn = 0; turn < 60; ++turn) {
        for (int changes = below(4); changes > 0; --changes) {
            const int key = 1 + below(45);
            if (below(3) == 0)
                service.remove("item", key);
            else
                service.put("item", key, "t" + std::to_string(turn), 0);
        }
        const Position before = held.position;
        const auto texts = held.texts;
        (void)held.pull(page());
        if (below(10) == 0) held.open(configured.open());
        // not applied: a transaction that was aborted
        if (below(10) == 0) {
            held.position = before;
            held.texts = texts;
        }
    }
    (void)held.drain();
    (void)held.drain();
    CHECK(held.texts == service.texts("item"));
}

}  // namespace
}  // namespace tributary::odata
