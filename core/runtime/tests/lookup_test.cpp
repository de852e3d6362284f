#include "core/runtime/lookup.hpp"

#include <catch2/catch.hpp>
#include <deque>

#include "core/runtime/tests/fake_feed.hpp"
#include "core/status/tests/fake_clock.hpp"

namespace tributary {
namespace {

constexpr std::int64_t second = 1'000'000;

/// Products that look their name up by their id.
std::unique_ptr<Mapping> naming_mapping() {
    static Diagnostics diagnostics;
    static YamlFiles files;
    static const auto parsed = [](const char* yaml) {
        return files.parse(yaml, "test.yaml", process_environment(), diagnostics);
    };
    static const Node source = parsed("{lookups: {names: {table: names, key: [id]}}}");
    static const Node stream =
        parsed("{entity: product, key: [id], fields: {sku: id, name: {lookup: names, from: id, take: name}}}");
    return Mapping::compile({"acme", "erp", "products", &stream, &source}, diagnostics);
}

FeedRecord record_of(const Work& work) { return *checkpoint::decode_feed(work.checkpoint); }

/// A stream of two products and its look-up of names. `polled` and `reread` are its feed and the one that reads again,
/// a row a page.
struct Fixture {
    FakeClock clock;
    StatusBoard board{{}, clock};
    FeedStatus& status = board.feed({.source = "erp", .feed = "products", .streams = {"products"}, .every = second});
    WorkQueue queue{1, {}};
    StreamInfo info;
    std::string name = "anvil";
    std::optional<Error> away;
    std::vector<std::string> reread_from;  ///< Positions that were read again.
    FakeFeed::Script names, polled, reread;
    std::vector<std::unique_ptr<Lookup>> lookups;
    std::unique_ptr<Pipeline> pipeline;

    Fixture() {
        names.pull = [this](const Position&, std::stop_token) -> Result<Batch> {
            if (away) return std::unexpected(*away);
            Batch batch = product_batch("n", 1, name);
            Batch other = product_batch("n", 2, "bolt");
            batch.rows.push_back(other.rows.front());
            kept.push_back(std::move(other));
            return batch;
        };
        polled.pull = [](const Position& after, std::stop_token) {
            Batch batch = product_batch("2", 1, "");
            if (after.empty()) batch.cause = Cause::load;
            if (!after.empty()) batch.rows.clear();
            batch.more = after.empty();
            return batch;
        };
        reread.pull = [this](const Position& after, std::stop_token) {
            reread_from.push_back(after.json);
            Batch batch = product_batch(after.empty() ? "r1" : "r2", after.empty() ? 1 : 2, "");
            batch.cause = Cause::load;
            batch.more = after.empty();
            return batch;
        };
        Lookup::Setup setup;
        setup.source = "erp";
        setup.asked = {.name = "names", .key = {"id"}, .most_bytes = 1024 * 1024};
        setup.every = second;
        lookups.push_back(std::make_unique<Lookup>(std::move(setup), std::make_unique<FakeFeed>(names), clock));
        start({});
    }
    void start(FeedRecord record) {
        Pipeline::Setup setup = product_pipeline(info, status);
        setup.streams[0].mapping = naming_mapping();
        REQUIRE(setup.streams[0].mapping);
        setup.lookups = std::make_unique<LookupsInUse>(std::vector{setup.streams[0].mapping.get()}, lookups);
        setup.reopen = [this] { return std::make_unique<FakeFeed>(reread); };
        setup.record = std::move(record);
        pipeline = std::make_unique<Pipeline>(std::move(setup), std::make_unique<FakeFeed>(polled), queue, clock);
    }
    /// The work of so many steps.
    std::vector<std::unique_ptr<Work>> steps(int count) {
        std::vector<std::unique_ptr<Work>> work;
        while (count-- > 0) {
            const auto next = pipeline->step({});
            if (next.at > clock()) clock.pass(next.at - clock());
            for (auto& one : queue.take(1000, 1'000'000)) {
                queue.done(*one);
                work.push_back(std::move(one));
            }
        }
        return work;
    }
    void read_names() {
        clock.pass(70 * second);
        lookups[0]->step({});
    }
    FeedSnapshot shown() const { return board.snapshot().feeds.at(0); }

  private:
    std::deque<Batch> kept;
};

std::vector<std::unique_ptr<Work>> rereads(std::vector<std::unique_ptr<Work>> all) {
    std::erase_if(all, [](const auto& work) { return work->batch.cause != Cause::reread || work->rows.empty(); });
    return all;
}

}  // namespace

TEST_CASE("a stream waits until its look-up is loaded, and says for which", "[lookup]") {
    Fixture f;
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
    Fixture f;
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
    Fixture f;
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
    Fixture f;
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
    Fixture f;
    f.read_names();
    f.start({.position = {"2"}, .first_load_cause = {}, .current_to = no_time, .streams = {}});
    CHECK(rereads(f.steps(6)).empty());
}

TEST_CASE("a feed that is sent back reads again once more: what was dropped may have been part of it", "[lookup]") {
    Fixture f;
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
    Fixture f;
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
    Fixture f;
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
    Fixture f;
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
