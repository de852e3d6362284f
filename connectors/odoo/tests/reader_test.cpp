#include <catch2/catch.hpp>
#include <set>

#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/odoo/connector.hpp"
#include "connectors/odoo/tests/stub.hpp"

/// Against tests/lab/odoo, a stub that answers as captures of a real 19.0 do.

namespace tributary::odoo {
namespace {

using table::test::at;
using table::test::Configured;
using table::test::pulled;
using test::Hand;
using test::Stub;

const std::string partners = "{model: res.partner, key: [id], watermark: {column: write_date, overlap: 5s}}";
const std::vector<std::string> names{"id", "name", "write_date"};

Configured configured(const std::string& source, const std::string& stream,
                      const std::vector<std::string>& columns = names) {
    return {connector(), source, stream, columns};
}

/// What a feed has delivered: the text of a column by id.
class Reading {
  public:
    Reading(std::unique_ptr<Feed> feed, std::string column) : feed_(std::move(feed)), column_(std::move(column)) {}

    /// One pull; whether there is more.
    bool pull(std::size_t page, const std::function<void()>& meanwhile = {}) {
        const Batch batch = pulled(*feed_, position_, {.rows = page});
        if (meanwhile) meanwhile();
        for (const Row& row : batch.rows) {
            const Value value = at(row, column_);
            held[std::to_string(row.key[0].integer)] = value.is_null() ? "" : std::string(value.view());
        }
        position_ = batch.next;
        return batch.more;
    }
    void catch_up(std::size_t page) {
        for (int round = 0; round < 2; ++round)
            for (int pulls = 0; pull(page); ++pulls)
                if (pulls > 2'000) FAIL("a quiet source is read for ever");
    }

    std::map<std::string, std::string> held;

  private:
    std::unique_ptr<Feed> feed_;
    std::string column_;
    Position position_;
};

TEST_CASE("nothing is lost at any page size, with writers between the pages", "[odoo]") {
    const Stub stub;
    Hand hand(stub);
    for (const std::size_t page : {1, 2, 3, 7, 40, 1'000}) {
        INFO("pages of " << page);
        Configured source = configured(stub.source(", page: " + std::to_string(page)), partners);
        Reading reading(source.open(), "name");
        std::int64_t changes = 0;
        const auto users_at_work = [&] {
            // dozens share a second, and what was read already changes as often as what is still to come
            for (int i = 0; i < 3; ++i) {
                ++changes;
                const std::int64_t id = 8 + (changes * 7) % 60;
                if (changes % 10 == 0)
                    hand.create("res.partner", "{\"name\":\"new " + std::to_string(changes) + "\"}");
                else
                    hand.write("res.partner", id, "{\"name\":\"name " + std::to_string(changes) + "\"}");
            }
        };
        for (int pulls = 0; pulls < 25; ++pulls) reading.pull(page, users_at_work);
        reading.catch_up(page);
        CHECK(reading.held == hand.texts("res.partner", "[]", "name"));
    }
}

TEST_CASE("archived records are read, and companies narrow what is seen", "[odoo]") {
    const Stub stub;
    Hand hand(stub);
    const std::int64_t id = hand.create("res.partner", R"({"name":"old friend","active":false})");
    Configured all = configured(stub.source(), partners);
    Reading reading(all.open(), "name");
    reading.catch_up(100);
    CHECK(reading.held.contains(std::to_string(id)));

    Configured one = configured(stub.source(", companies: [1]"), partners);
    Reading narrowed(one.open(), "name");
    narrowed.catch_up(100);
    CHECK(narrowed.held.size() < reading.held.size());
}

TEST_CASE("names are read in the language that was asked for", "[odoo]") {
    const Stub stub;
    const std::string products = "{model: product.product, key: [id]}";
    Configured german = configured(stub.source(", language: de_DE"), products, {"id", "name"});
    Reading reading(german.open(), "name");
    reading.pull(1'000);
    CHECK(reading.held.begin()->second.starts_with("Bürostuhl"));
}

TEST_CASE("children come with their parents, and a line that changes alone brings its order", "[odoo]") {
    const Stub stub;
    Hand hand(stub);
    const std::string orders =
        "{model: sale.order, key: [id], watermark: {column: write_date, overlap: 1s}, "
        "include: {lines: {field: order_line, key: [id], watermark: {column: write_date, overlap: 1s}}}}";
    Configured source = configured(stub.source(), orders, {"id", "name", "write_date", "lines.id", "lines.name"});
    auto feed = source.open();
    Batch batch = pulled(*feed, {});
    REQUIRE_FALSE(batch.rows.empty());
    const Row& first = batch.rows.front();
    const Value lines = at(first, "lines");
    REQUIRE(lines.size > 0);
    const std::int64_t line = lines.elements[0].object->values[0].integer;
    const std::int64_t order = first.key[0].integer;
    while (batch.more) batch = pulled(*feed, batch.next);
    hand.write("sale.order.line", line, R"({"name":"only the text"})");  // the order's write_date does not move
    std::set<std::int64_t> seen;
    do {
        batch = pulled(*feed, batch.next);
        for (const Row& row : batch.rows) seen.insert(row.key[0].integer);
    } while (batch.more);
    CHECK(seen.contains(order));
}

TEST_CASE("a deleted record is missing among the keys, and what changed alone has another version", "[odoo]") {
    const Stub stub;
    Hand hand(stub);
    const std::int64_t gone = hand.create("res.partner", R"({"name":"gone"})");
    Configured source = configured(stub.source(", page: 10"), partners);
    auto feed = source.open();
    const auto list = [&] {
        std::map<std::string, std::string> keys;
        std::string from;
        for (;;) {
            const auto page = feed->keys(0, from, 7, {});
            REQUIRE(page);
            for (const KeyVersion& key : *page) keys[key.key.front()] = key.version;
            if (page->size() < 7) return keys;
            from = page->back().key.front();
        }
    };
    const auto before = list();
    CHECK(before.contains(std::to_string(gone)));
    hand.unlink("res.partner", gone);
    hand.write("res.partner", 8, R"({"ref":"renumbered"})");
    const auto after = list();
    CHECK_FALSE(after.contains(std::to_string(gone)));
    CHECK(after.at("8") != before.at("8"));
    CHECK(after.at("9") == before.at("9"));
    const std::vector<std::vector<std::string>> wanted{{std::to_string(gone)}, {"8"}, {"no id"}};
    const auto fetched = feed->fetch(0, wanted, {});
    REQUIRE(fetched);
    REQUIRE(fetched->rows.size() == 1);
    CHECK(fetched->rows[0].position == after.at("8"));
}

TEST_CASE("rows are searched by what they refer to, and by what their lines do", "[odoo]") {
    const Stub stub;
    const std::string orders = "{model: sale.order, key: [id], include: {lines: {field: order_line, key: [id]}}}";
    Configured source =
        configured(stub.source(), orders, {"id", "partner_id", "currency_id", "lines.id", "lines.product_id"});
    auto feed = source.open();
    const Batch all = pulled(*feed, {});
    const std::string partner = std::to_string(at(all.rows[0], "partner_id").integer);
    const auto searched = [&](const Sought& sought) {
        std::set<std::int64_t> found;
        const auto batch = feed->search(0, sought, {}, {}, {});
        if (!batch) FAIL(batch.error().what);
        for (const Row& row : batch->rows) found.insert(row.key[0].integer);
        return found;
    };
    std::set<std::int64_t> expected;
    std::set<std::int64_t> with_product;
    const Value lines = at(all.rows[0], "lines");
    const int product = lines.elements[0].object->shape->find("product_id");
    const std::int64_t wanted = lines.elements[0].object->values[product].integer;
    for (const Row& row : all.rows) {
        if (std::to_string(at(row, "partner_id").integer) == partner) expected.insert(row.key[0].integer);
        for (const Value& line : at(row, "lines").items())
            if (line.object->values[product].integer == wanted) with_product.insert(row.key[0].integer);
    }
    CHECK(searched({{"partner_id"}, {{partner}}}) == expected);
    CHECK(searched({{"partner_id", "currency_id"}, {{partner, "1"}, {"x", "1"}}}) == expected);
    CHECK(searched({{"partner_id"}, {{"no id"}}}).empty());
    CHECK(searched({{"lines.product_id"}, {{std::to_string(wanted)}}}) == with_product);
    CHECK_FALSE(feed->search(0, {{"amount_total"}, {{"1"}}}, {}, {}, {}));
}

TEST_CASE("what is optional is null where a version lacks it; what is not parks the stream by its name", "[odoo]") {
    const Stub stub(14);
    const std::string lines = "{model: sale.order.line, key: [id], optional: [product_uom_id]}";
    const std::string password = "feed-password";
    Configured both = configured(stub.source_with(password), lines, {"id", "product_uom_id", "product_uom"});
    auto feed = both.open();
    const Batch batch = pulled(*feed, {});
    CHECK(at(batch.rows[0], "product_uom_id").is_null());
    CHECK(at(batch.rows[0], "product_uom").kind == Kind::integer);

    Configured newest =
        configured(stub.source_with(password), "{model: sale.order.line, key: [id]}", {"id", "product_uom_id"});
    const auto parked = newest.open()->pull({}, {}, {});
    REQUIRE_FALSE(parked);
    CHECK(parked.error().verdict == Verdict::stop);
    CHECK(parked.error().what.contains("product_uom_id"));
    CHECK(parked.error().what.contains("Odoo 14.0"));
}

TEST_CASE("JSON-RPC is spoken where a password or the version leaves nothing else, and JSON-2 where a key allows it",
          "[odoo]") {
    const Stub stub;
    for (const std::string& way : {stub.source(), stub.source(", api: json_2"), stub.source(", api: json_rpc"),
                                   stub.source_with("feed-password")}) {
        INFO(way);
        Configured source = configured(way, partners);
        CHECK(pulled(*source.open(), {}).rows.size() > 50);
    }
    Configured key = configured("{url: '" + stub.url() + "', token: " + stub["ODOO_API_KEY"] + "}", partners);
    CHECK(pulled(*key.open(), {}).rows.size() > 50);
}

TEST_CASE("who is not let in is told why, and not tried again at once", "[odoo]") {
    const Stub stub;
    const auto refused = [&](const std::string& source) {
        const auto pulled = configured(source, partners).open()->pull({}, {}, {});
        REQUIRE_FALSE(pulled);
        return pulled.error();
    };
    Error error = refused(stub.source_with("c4n4ry"));
    CHECK(error.code == "bad_credentials");
    CHECK(error.verdict == Verdict::retry);
    CHECK(error.retry_after > 50'000'000);
    CHECK_FALSE(error.what.contains("c4n4ry"));
    error = refused(stub.source_with("c4n4ry", ", api: json_2"));
    CHECK(error.code == "bad_credentials");
    error = refused("{url: '" + stub.url() + "', token: feed-password}");
    CHECK(error.code == "bad_credentials");  // a password, and nobody's name for JSON-RPC
    error = refused("{url: '" + stub.url() + "', database: nodb, user: feed, password: feed-password}");
    CHECK(error.code == "no_database");
    CHECK(error.verdict == Verdict::stop);
    CHECK_FALSE(error.what.contains("127.0.0.1\", port"));
}

TEST_CASE("all streams of a source share one refusal", "[odoo]") {
    const Stub stub;
    Configured source = configured(stub.source_with("c4n4ry"), partners);
    auto first = source.open();
    auto second = source.open();
    REQUIRE_FALSE(first->pull({}, {}, {}));
    const auto again = second->pull({}, {}, {});
    REQUIRE_FALSE(again);
    CHECK(again.error().retry_after < 60'000'000);  // what is left of the first one's minute
}

TEST_CASE("a misspelt model or field is told with what was meant, whatever the user may list", "[odoo]") {
    const Stub stub;
    const auto first = [&](const std::string& stream, const std::vector<std::string>& columns) {
        const auto found = Configured(connector(), stub.source(), stream, columns).open()->check(0, columns, {});
        REQUIRE(found);
        return found->empty() ? std::string() : found->front().message;
    };
    CHECK(first("{model: sale.ordr, key: [id]}", {}) == "no model 'sale.ordr', did you mean 'sale.order'?");
    CHECK(first("{model: sale.order, key: [id]}", {"amount_totl"}).contains("did you mean 'amount_total'?"));
    CHECK(first("{model: sale.order, key: [id], include: {lines: {field: order_lines, key: [id]}}}", {})
              .starts_with("no field 'order_lines' of sale.order"));
}

TEST_CASE("a configuration that cannot work is refused before anybody is asked", "[odoo]") {
    const auto complaint = [](const std::string& source, const std::string& stream) {
        Configured configured(connector(), source, stream, names);
        CHECK_FALSE(configured.usable());
        return configured.complaints();
    };
    const std::string source = "{url: 'http://localhost', database: shop, user: u, password: p}";
    CHECK(complaint("{url: 'http://localhost', user: u}", partners).contains("password"));
    CHECK(complaint("{url: 'http://localhost', token: p, api: json_rpc}", partners).contains("database"));
    CHECK(complaint("{url: 'http://localhost', token: p, companies: [one]}", partners).contains("companies"));
    CHECK(complaint("{url: 'http://localhost/odoo', token: p}", partners).contains("leave '/odoo' out"));
    CHECK(complaint(source, "{model: res.partner, key: [ref]}").contains("[id]"));
    CHECK(complaint(source, "{model: res.partner, key: [id], where: 'active = true'}").contains("domain"));
}

}  // namespace
}  // namespace tributary::odoo
