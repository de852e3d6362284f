#include <catch2/catch.hpp>

#include "core/runtime/start_positions.hpp"
#include "core/runtime/tests/lookup_fixture.hpp"

namespace tributary {
namespace {

using Keys = std::vector<std::vector<std::string>>;

/// Names are looked up by the id itself; a search finds product 1 on two pages, and says what it was asked.
struct SearchFixture : LookupFixture {
    struct Asked {
        std::vector<std::string> columns;
        Keys values;
        std::string after;

        bool operator==(const Asked&) const = default;
    };
    std::vector<Asked> asked;
    std::vector<std::string> others{"bolt", "cog", "dowel"};  ///< Names of the products from 2 on.

    SearchFixture() : LookupFixture(false) {
        names.pull = [this](const Position&, std::stop_token) {
            Batch batch = product_batch("n", 1, name);
            for (std::size_t i = 0; i < others.size(); ++i) {
                Batch& other = more.emplace_back(product_batch("n", static_cast<std::int64_t>(i) + 2, others[i]));
                batch.rows.push_back(other.rows.front());
            }
            return batch;
        };
        polled.search = [this](const Sought& sought, const Position& after) -> Result<Batch> {
            asked.push_back({sought.columns, sought.values, after.json});
            Batch batch = product_batch("p1", 1, "");
            batch.more = after.empty();
            return batch;
        };
        read_names();
        (void)steps(3);
    }
    void rename(std::string to) {
        name = std::move(to);
        read_names();
    }

  private:
    std::deque<Batch> more;
};

const std::vector<std::string> by_id{"id"};

}  // namespace

TEST_CASE("an entry that changed has only the rows read again that used it, page by page", "[lookup]") {
    SearchFixture f;
    f.rename("hammer");
    const auto again = rereads(f.steps(6));
    REQUIRE(again.size() == 2);
    CHECK(f.asked == std::vector<SearchFixture::Asked>{{by_id, {{"1"}}, ""}, {by_id, {{"1"}}, "p1"}});
    CHECK(f.reread_from.empty());
    CHECK(again[0]->rows[0].records[0].document == R"({"sku":"1","name":"hammer"})");
    const FeedRecord half = record_of(*again[0]);
    REQUIRE(half.entries);
    CHECK(half.entries->entries == LookupEntries{{"names", {{"1"}}}});
    CHECK(half.entries->at == Position{"p1"});
    CHECK(half.entries->rows == 1);
    CHECK(half.position == Position{"2"});
    CHECK_FALSE(half.reread);
    CHECK_FALSE(record_of(*again[1]).entries);
    CHECK(rereads(f.steps(4)).empty());
}

TEST_CASE("entries that come and go are searched for as well", "[lookup]") {
    SearchFixture f;
    f.others = {"bolt", "cog"};
    f.read_names();
    CHECK(rereads(f.steps(6)).size() == 2);
    f.others.emplace_back("dowel");
    f.read_names();
    CHECK(rereads(f.steps(6)).size() == 2);
    for (const auto& one : f.asked) CHECK(one.values == Keys{{"4"}});
    CHECK(f.asked.size() == 4);
}

TEST_CASE("a process that ended within a search goes on where it was", "[lookup]") {
    SearchFixture f;
    f.rename("hammer");
    const FeedRecord half = record_of(*rereads(f.steps(2)).at(0));
    f.asked.clear();
    f.start(half);
    CHECK(rereads(f.steps(6)).size() == 1);
    CHECK(f.asked == std::vector<SearchFixture::Asked>{{by_id, {{"1"}}, "p1"}});
    SECTION("what changed while it was down is not known by entry: all rows are read") {
        f.rename("mallet");
        f.start(half);
        CHECK(rereads(f.steps(6)).size() == 2);
        CHECK(f.reread_from == std::vector<std::string>{"", "r1"});
    }
}

TEST_CASE("an entry that changes during a search has one of its own behind it", "[lookup]") {
    SearchFixture f;
    f.rename("hammer");
    CHECK(rereads(f.steps(2)).size() == 1);
    f.others = {"bolt", "cog wheel", "dowel"};
    f.read_names();
    const auto rest = rereads(f.steps(8));
    CHECK(rest.size() == 3);
    CHECK(f.asked == std::vector<SearchFixture::Asked>{
                         {by_id, {{"1"}}, ""}, {by_id, {{"1"}}, "p1"}, {by_id, {{"3"}}, ""}, {by_id, {{"3"}}, "p1"}});
    CHECK(record_of(*rest[0]).entries->entries == LookupEntries{{"names", {{"3"}}}});
    CHECK_FALSE(record_of(*rest[2]).entries);
}

TEST_CASE("the process may end before the search that is to follow", "[lookup]") {
    SearchFixture f;
    FeedRecord record = f.record_at("2");
    record.entries = EntryReread{{{"names", {{"1"}}}}, "products/names/id", {"p1"}, 7};
    record.entries_next = {{"names", {{"2"}}}};
    f.start(checkpoint::decode_feed(checkpoint::encode(record)).value());
    CHECK(rereads(f.steps(8)).size() == 3);
    CHECK(f.asked ==
          std::vector<SearchFixture::Asked>{{by_id, {{"1"}}, "p1"}, {by_id, {{"2"}}, ""}, {by_id, {{"2"}}, "p1"}});
}

TEST_CASE("all rows are read where that is the better way, or the only one", "[lookup]") {
    SearchFixture f;
    SECTION("most entries changed") {
        f.others = {"bolts", "cogs", "dowels"};
        f.read_names();
    }
    SECTION("the connector cannot search") {
        f.polled.search = [](const Sought&, const Position&) { return fail(Verdict::stop, "not_offered", "no"); };
        f.rename("hammer");
    }
    SECTION("searches fail though polls do well") {
        f.polled.search = [](const Sought&, const Position&) { return fail(Verdict::retry, "cancelled", "slow"); };
        f.rename("hammer");
        for (int i = 0; i < 8; ++i) {
            (void)f.pipeline->step({});
            f.clock.pass(second / 2);
        }
    }
    CHECK(rereads(f.steps(8)).size() >= 1);
    CHECK(f.reread_from.at(0).empty());
    CHECK(f.reread_from.back() == "r1");
    CHECK(f.asked.empty());
}

TEST_CASE("an entry that changes while all rows are read again is searched for beside that", "[lookup]") {
    SearchFixture f;
    FeedRecord record = f.record_at("2");
    record.reread = Position{"r1"};
    f.start(record);
    (void)f.steps(1);
    f.rename("hammer");
    const auto work = rereads(f.steps(8));
    CHECK(f.asked.size() == 2);
    CHECK(f.reread_from == std::vector<std::string>{"r1"});
    REQUIRE(work.size() == 3);
    CHECK_FALSE(record_of(*work.back()).reread);
    CHECK_FALSE(record_of(*work.back()).entries);
}

TEST_CASE("a feed that is sent back searches once more", "[lookup]") {
    SearchFixture f;
    f.pipeline->committed({"2"});
    f.rename("hammer");
    CHECK(rereads(f.steps(6)).size() == 2);
    f.pipeline->refused({Verdict::retry, "topic_refused", "no right"}, f.queue.rewind(0));
    CHECK(rereads(f.steps(8)).size() == 2);
    CHECK(f.asked.size() == 4);
    CHECK(f.reread_from.empty());
}

TEST_CASE("a poll during a search may bring what the entry changed, and says so", "[lookup]") {
    SearchFixture f;
    f.polled.search = [](const Sought&, const Position&) { return fail(Verdict::retry, "source_away", "nobody"); };
    f.polled.pull = [](const Position&, std::stop_token) { return product_batch("3", 1, ""); };
    f.rename("hammer");
    const auto work = f.steps(2);
    REQUIRE_FALSE(work.empty());
    for (const auto& one : work) {
        CHECK(one->batch.cause == Cause::reread);
        CHECK(record_of(*one).entries);
    }
}

TEST_CASE("a mapping that changed reads all rows instead of searching, one that holds from now on begins anew",
          "[lookup]") {
    FeedRecord known{.position = {"7"}, .first_load_cause = {}, .current_to = 1, .streams = {{"orders", {"m1", "i"}}}};
    known.entries = EntryReread{{{"terms", {{"N30"}}}}, "orders/terms/code", {"p"}, 3};
    known.entries_next = {{"terms", {{"N60"}}}};
    ConfiguredFeed feed{"erp", "orders", {{"orders", {"m1", "i"}}}, {}};
    const auto start = [&] { return start_positions({feed}, {{"erp/orders", known}}, {})->at(0).record; };
    CHECK(start().entries->at == Position{"p"});
    CHECK(start().entries_next == known.entries_next);
    feed.streams["orders"].mapping = "m2";
    CHECK_FALSE(start().entries);
    CHECK(start().entries_next.empty());
    CHECK(start().reread == Position{});
    feed.forward.insert("orders");
    CHECK(start().entries->entries == known.entries->entries);
    CHECK(start().entries->at.empty());
    CHECK(start().entries->search.empty());
    CHECK(start().entries_next == known.entries_next);
}

}  // namespace tributary
