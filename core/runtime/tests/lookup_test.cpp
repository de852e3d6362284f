#include "core/runtime/lookup.hpp"

#include <catch2/catch.hpp>

#include "core/runtime/tests/lookup_fixture.hpp"

namespace tributary {
TEST_CASE("a stream waits until its look-up is loaded, and says for which", "[lookup]") {
    LookupFixture f;
    CHECK(f.steps(3).empty());
    CHECK(f.shown().state == FeedState::waiting);
    CHECK(f.shown().reason == "waits for look-up 'names'");
    f.away = Error{Verdict::retry, "source_away", "nobody answers"};
    f.read_names();
    CHECK(f.steps(1).empty());
    CHECK(f.shown().reason == "waits for look-up 'names': nobody answers");
    f.away.reset();
    f.read_names();
    const auto work = f.steps(1);
    REQUIRE(work.size() == 1);
    CHECK(work[0]->rows[0].records[0].document == R"({"sku":"1","name":"anvil"})");
    CHECK(f.shown().state == FeedState::running);
    CHECK(record_of(*work[0]).lookups.contains("names"));
    CHECK_FALSE(record_of(*work[0]).reread);
}

TEST_CASE("a look-up that changed has all rows read again in the background, page by page", "[lookup]") {
    LookupFixture f;
    f.read_names();
    const auto before = record_of(*f.steps(3).at(0)).lookups;
    f.read_names();
    CHECK(rereads(f.steps(4)).empty());  // it is as it was
    f.name = "hammer";
    f.read_names();
    const auto again = rereads(f.steps(6));
    REQUIRE(again.size() == 2);
    CHECK(again[0]->rows[0].records[0].document == R"({"sku":"1","name":"hammer"})");
    CHECK(record_of(*again[0]).reread == Position{"r1"});
    CHECK(record_of(*again[0]).lookups != before);
    CHECK(record_of(*again[0]).position == Position{"2"});  // where the polls are
    CHECK_FALSE(record_of(*again[1]).reread);
    CHECK(f.reread_from == std::vector<std::string>{"", "r1"});
}

TEST_CASE("what a look-up said when the process ended decides what the next one reads again", "[lookup]") {
    LookupFixture f;
    f.read_names();
    const FeedRecord done = record_of(*f.steps(3).at(0));
    SECTION("nothing, while it says the same") {
        f.start(done);
        CHECK(rereads(f.steps(4)).empty());
    }
    SECTION("all, when it says something else") {
        f.name = "hammer";
        f.read_names();
        f.start(done);
        CHECK(rereads(f.steps(6)).size() == 2);
    }
    SECTION("the rest, when a reread was under way") {
        FeedRecord half = done;
        half.reread = Position{"r1"};
        f.start(half);
        CHECK(rereads(f.steps(6)).size() == 1);
        CHECK(f.reread_from == std::vector<std::string>{"r1"});
    }
    SECTION("all, when it changed during a reread, even back to what it was: behind what is left of that one") {
        FeedRecord half = done;
        half.reread = Position{"r1"};
        half.lookups["names"] = "what it said for a while";
        f.start(half);
        CHECK(rereads(f.steps(6)).size() == 3);
        CHECK(f.reread_from == std::vector<std::string>{"r1", "", "r1"});
    }
    SECTION("all, when the process ended before the one that was to follow") {
        FeedRecord half = done;
        half.reread = Position{"r1"};
        half.reread_again = true;
        f.start(checkpoint::decode_feed(checkpoint::encode(half)).value());
        CHECK(rereads(f.steps(6)).size() == 3);
    }
}

TEST_CASE("a look-up that changes faster than all rows are read does not keep the last ones waiting", "[lookup]") {
    LookupFixture f;
    f.read_names();
    (void)f.steps(3);
    std::size_t seconds = 0;
    for (int change = 0; change < 10; ++change) {
        f.name = "hammer " + std::to_string(change);
        f.read_names();
        for (const auto& work : rereads(f.steps(2))) seconds += work->batch.next == Position{"2"} ? 1 : 0;
    }
    CHECK(std::ranges::count(f.reread_from, "r1") >= 4);
    CHECK(seconds >= 8);
    (void)f.steps(8);
    CHECK_FALSE(f.reread_from.empty());
    CHECK(f.reread_from.back() == "r1");
}

TEST_CASE("a look-up that a changed mapping is the first to use is no reason of its own to read again", "[lookup]") {
    LookupFixture f;
    f.read_names();
    f.start({.position = {"2"}, .first_load_cause = {}, .current_to = no_time, .streams = {}});
    CHECK(rereads(f.steps(6)).empty());
}

TEST_CASE("a feed that is sent back reads again once more: what was dropped may have been part of it", "[lookup]") {
    LookupFixture f;
    f.read_names();
    (void)f.steps(3);
    f.pipeline->committed({"2"});
    f.name = "hammer";
    f.read_names();
    CHECK(rereads(f.steps(6)).size() == 2);
    f.pipeline->refused({Verdict::retry, "topic_refused", "no right"}, f.queue.rewind(0));
    CHECK(rereads(f.steps(8)).size() == 2);
}

TEST_CASE("a poll while rows are read again may bring what a look-up changed, and says so", "[lookup]") {
    LookupFixture f;
    f.read_names();
    (void)f.steps(3);
    f.polled.pull = [](const Position&, std::stop_token) { return product_batch("3", 1, ""); };
    f.reread.pull = [](const Position&, std::stop_token) -> Result<Batch> {
        return fail(Verdict::retry, "source_away", "nobody answers");
    };
    f.name = "hammer";
    f.read_names();
    const auto work = f.steps(4);
    REQUIRE_FALSE(work.empty());
    for (const auto& one : work) {
        CHECK(one->batch.cause == Cause::reread);
        CHECK(record_of(*one).reread == Position{});
    }
}

TEST_CASE("a look-up that waiting cannot mend parks its streams, one that is away does not", "[lookup]") {
    LookupFixture f;
    f.read_names();
    (void)f.steps(3);
    f.away = Error{Verdict::retry, "source_away", "nobody answers"};
    f.read_names();
    (void)f.steps(3);
    CHECK(f.shown().state == FeedState::running);
    CHECK(std::ranges::any_of(f.shown().conditions, [](const auto& one) { return one.code == "lookup_not_read"; }));
    f.away.reset();
    f.name.assign(2 * 1024 * 1024, 'x');
    f.read_names();
    (void)f.steps(1);
    CHECK(f.shown().state == FeedState::parked);
    CHECK(f.shown().code == "lookup_too_large");
    f.name = "hammer";
    f.read_names();
    CHECK(rereads(f.steps(6)).size() == 2);
    CHECK(f.shown().state == FeedState::running);
    CHECK(f.shown().conditions.empty());
}

TEST_CASE("a look-up that does not fit its source refuses the first start of a stream, and parks a later one",
          "[lookup]") {
    LookupFixture f;
    f.names.check = [] { return std::vector<Finding>{{Severity::error, "name", "no column 'name' in names"}}; };
    f.read_names();
    (void)f.steps(1);
    REQUIRE(f.pipeline->refuses_to_start());
    CHECK(*f.pipeline->refuses_to_start() == "look-up 'names': no column 'name' in names");
    f.start({.position = {"2"}, .first_load_cause = {}, .current_to = no_time, .streams = {}});
    (void)f.steps(1);
    CHECK_FALSE(f.pipeline->refuses_to_start());
    CHECK(f.shown().state == FeedState::parked);
}

TEST_CASE("a checkpoint keeps what look-ups said and how far a reread is", "[lookup]") {
    FeedRecord record{.position = {"{}"}, .first_load_cause = {}, .current_to = 7, .streams = {}};
    CHECK_FALSE(checkpoint::decode_feed(checkpoint::encode(record))->reread);
    record.lookups = {{"terms", "abc"}, {"rates", "def"}};
    record.reread = Position{};
    const auto read = checkpoint::decode_feed(checkpoint::encode(record));
    REQUIRE(read);
    CHECK(read->lookups == record.lookups);
    CHECK(read->reread == Position{});
    record.reread = Position{"{\"at\":1}"};
    CHECK(checkpoint::decode_feed(checkpoint::encode(record))->reread == record.reread);
}

}  // namespace tributary
