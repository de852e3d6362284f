#include "connectors/odata/reader.hpp"

#include <catch2/catch.hpp>

#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/kit/table/tests/readme.hpp"
#include "connectors/odata/connector.hpp"
#include "connectors/odata/tests/service.hpp"
#include "core/model/time.hpp"

namespace tributary::odata {
namespace {

using table::test::at;
using table::test::Configured;
using table::test::pulled;

constexpr std::int64_t second = 1'000'000;

std::string source(const test::ODataService& service) { return "{url: '" + service.url() + "'}"; }

/// Reads until nothing more is there at once: the texts, in the order they came.
std::vector<std::string> drain(Feed& feed, Position& position, std::size_t rows = 1'000) {
    std::vector<std::string> texts;
    for (bool more = true; more;) {
        const Batch batch = pulled(feed, position, {.rows = rows});
        for (const Row& row : batch.rows) texts.emplace_back(at(row, "text").view());
        position = batch.next;
        more = batch.more;
    }
    return texts;
}

TEST_CASE("the README shows odata's options and types as they are declared", "[odata]") {
    table::test::check_readme(connector());
    table::test::check_types("odata", types_as_markdown());
    const std::string lookups =
        "<!-- options: lookup -->\n\n" + options_as_markdown(connector().lookup_options()) + "\n<!-- end -->";
    INFO(lookups);
    CHECK(table::test::readme_of("odata").find(lookups) != std::string::npos);
}

TEST_CASE("the path of a set names its service", "[odata][reader]") {
    const auto parts = [](const char* path) {
        const SetPath split = set_path(path);
        return split.service + "|" + split.set;
    };
    CHECK(parts("A_SalesOrder") == "|A_SalesOrder");
    CHECK(parts("/API;v=0002/A_Header") == "API;v=0002|A_Header");
    CHECK(parts("Register/Balance(Condition='a/b')") == "|Register/Balance(Condition='a/b')");
    CHECK(parts("srv/Register/Balance()") == "srv|Register/Balance()");
}

TEST_CASE("of a source that tells versions, rows are read whose version is another", "[odata][reader]") {
    test::ODataService service(Version::v3, 1'000);
    for (int i = 1; i <= 40; ++i) service.put("item", i, "old", 0);
    Configured configured(connector(), source(service),
                          "{set: item, key: [Ref_Key], watermark: {column: DataVersion}}");
    const auto feed = configured.open();
    Position position;
    CHECK(drain(*feed, position, 15).size() == 40);
    CHECK(drain(*feed, position).empty());

    service.put("item", 7, "new", 0);
    service.put("item", 41, "another", 0);
    (void)service.asked();
    CHECK(drain(*feed, position) == std::vector<std::string>{"new", "another"});
    const auto asked = service.asked();
    const std::string keys =
        "item (Ref_Key eq guid'" + service.key_text(7) + "') or (Ref_Key eq guid'" + service.key_text(41) + "')";
    CHECK(std::ranges::find(asked, keys) != asked.end());
    CHECK(drain(*feed, position).empty());

    SECTION("a process that begins reads all of them once more") {
        const auto again = configured.open();
        CHECK(drain(*again, position).size() == 41);
        CHECK(drain(*again, position).empty());
    }
    SECTION("a feed that is sent back reads again what was not applied") {
        service.put("item", 9, "newer", 0);
        Position lost = position;
        CHECK(drain(*feed, lost) == std::vector<std::string>{"newer"});
        Position back = position;
        CHECK(drain(*feed, back) == std::vector<std::string>{"newer"});
    }
}

TEST_CASE("a row that comes or changes between pages is read, whatever the pages", "[odata][reader]") {
    const Version version = GENERATE(Version::v2, Version::v3, Version::v4);
    const std::size_t page = GENERATE(3, 7, 1'000);
    INFO(static_cast<int>(version) << ' ' << page);
    const std::int64_t now = wall_clock_now() / second * second;
    test::ODataService service(version, page);
    for (int i = 1; i <= 30; ++i) service.put("item", 2 * i, "r0", now - 3'600 * second);
    const std::string stream = version == Version::v3
                                   ? "{set: item, key: [Ref_Key], watermark: {column: DataVersion}}"
                                   : "{set: item, key: [id], watermark: {column: changed, overlap: 60s}}";
    Configured configured(connector(), source(service), stream);
    auto feed = configured.open();
    std::map<std::string, std::string> seen;
    Position position;
    int turn = 0;
    const auto pull = [&] {
        const Batch batch = pulled(*feed, position, {.rows = 5});
        for (const Row& row : batch.rows) {
            const Value key = row.key[0];
            seen[key.kind == Kind::integer ? std::to_string(key.integer) : std::string(key.view())] =
                at(row, "text").view();
        }
        position = batch.next;
        return batch.more;
    };
    for (; turn < 40; ++turn) {
        // behind the page that is read next, before it, and new ones on both sides
        service.put("item", 2 * (turn % 30 + 1), "r" + std::to_string(turn), now + turn * second);
        service.put("item", 2 * ((turn * 7) % 60) + 1, "n" + std::to_string(turn), now + turn * second);
        (void)pull();
        if (turn % 11 == 10) feed = configured.open();
    }
    while (pull()) {
    }
    while (pull()) {
    }
    CHECK(seen == service.texts("item"));
}

TEST_CASE("of a source whose keys cannot be compared all keys and versions come at once, and rows by their keys",
          "[odata][reader]") {
    test::ODataService service(Version::v3, 7);
    for (int i = 1; i <= 30; ++i) service.put("item", i, "old", 0);
    Configured configured(connector(), source(service),
                          "{set: item, key: [Ref_Key], watermark: {column: DataVersion}, paging: whole}");
    const auto feed = configured.open();
    Position position;
    CHECK(drain(*feed, position, 10).size() == 30);
    service.put("item", 7, "new", 0);
    (void)service.asked();
    CHECK(drain(*feed, position, 10) == std::vector<std::string>{"new"});
    for (const std::string& asked : service.asked()) CHECK(asked.find(" gt ") == std::string::npos);
}

TEST_CASE("there is nothing to read back in versions", "[odata][reader]") {
    test::ODataService service(Version::v3, 7);
    Configured configured(connector(), source(service),
                          "{set: item, key: [Ref_Key], watermark: {column: DataVersion, overlap: 5m}}");
    const auto pull = configured.open()->pull({}, {}, {});
    REQUIRE_FALSE(pull);
    CHECK(pull.error().code == "bad_watermark");
}

TEST_CASE("a look-up of an OData source is read whole", "[odata][reader]") {
    test::ODataService service(Version::v4, 7);
    for (int i = 1; i <= 20; ++i) service.put("item", i, "t" + std::to_string(i), 0);
    Configured configured(connector(), source(service), "{set: item, key: [id]}");
    const auto feed = configured.open();
    Position position;
    CHECK(drain(*feed, position).size() == 20);
}

TEST_CASE("what does not fit the service is told before anything is read, with what was meant", "[odata][reader]") {
    test::ODataService service(Version::v4, 7);
    const auto first = [&](const std::string& stream, std::vector<std::string> columns = {}) {
        Configured configured(connector(), source(service), stream, columns);
        const auto found = configured.open()->check(0, columns, {});
        if (!found) return found.error().code + ": " + found.error().what;
        return found->empty() ? std::string() : found->front().message;
    };
    CHECK(first("{set: itme, key: [id]}") == "no entity set 'itme', did you mean 'item'?");
    CHECK(first("{set: item, key: [ID]}") == "no column 'ID' in item, did you mean 'id'?");
    CHECK(first("{set: item, key: [id]}", {"txt"}) == "no column 'txt' in item, did you mean 'text'?");
    CHECK(first("{set: item, key: [id]}", {"text"}).empty());
    CHECK(first("{set: item, key: [id], where: 'nope eq 1'}").find("Property 'nope' does not exist") !=
          std::string::npos);
}

TEST_CASE("where no service is, what `url` and `set` have to be is said", "[odata][reader]") {
    const int status = GENERATE(404, 200);
    http::test::ListServer server([&](const std::string&, const auto&) {
        return http::test::ListServer::Reply{.status = status, .body = "<html><body>Not here</body></html>"};
    });
    const auto found = Configured(connector(), "url: '" + server.url() + "'", "{set: A_SalesOrder, key: [SalesOrder]}")
                           .open()
                           ->check(0, std::vector<std::string>{}, {});
    REQUIRE_FALSE(found);
    CHECK(found.error().what.contains("`url` is the address of services or of one"));
    CHECK(found.error().what.contains("`set` begins with the service"));
}

TEST_CASE("a second stamp needs a first one, and both have to be times", "[odata][reader]") {
    test::ODataService service(Version::v4, 7);
    CHECK_FALSE(Configured(connector(), source(service), "{set: item, key: [id], also_changed: [changed]}").usable());
    Configured configured(connector(), source(service),
                          "{set: item, key: [id], watermark: {column: changed}, also_changed: [text]}");
    const auto pull = configured.open()->pull({}, {}, {});
    REQUIRE_FALSE(pull);
    CHECK(pull.error().code == "bad_watermark");
}

}  // namespace
}  // namespace tributary::odata
