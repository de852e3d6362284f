#include <catch2/catch.hpp>

#include "core/comparison/tests/model.hpp"
#include "core/settings/tests/temporary_directory.hpp"

namespace tributary::comparison::test {
namespace {

/// A table of some rows that the cache knows, and comparisons of it.
class Bench {
  public:
    explicit Bench(std::int64_t size, DeletePolicy policy = {.every = 1000, .at_most = 0.05, .always = 3},
                   std::int64_t sweep_every = 0, bool deletes = true, std::size_t most_seen = 1'000'000)
        : notes(directory_.path()) {
        for (std::int64_t key = 1; key <= size; ++key) model.put(key);
        follow();
        setup_.name = "shop/orders";
        setup_.deletes = deletes;
        setup_.policy = policy;
        setup_.sweep_every = sweep_every;
        setup_.most_seen = most_seen;
        setup_.key_of = Model::key_of;
        restart();
    }

    void restart() { comparison = std::make_unique<Comparison>(setup_, model, notes); }
    void follow() {
        model.poll();
        model.poll();
        model.commit();
    }
    /// Until nothing is to be done any more at this time.
    void compare(std::int64_t at) {
        for (int turn = 0; turn < 1000 && comparison->due() <= at; ++turn) {
            follow();
            auto outcome = comparison->step(model, {at, model.polls, model.settled()}, {});
            if (!outcome) return;
            rows += outcome->rows ? outcome->rows->rows.size() : 0;
            removed += outcome->removed.size();
            model.hand_over(*outcome);
        }
        follow();
    }
    void read_fully(std::int64_t at) {
        comparison->scan(Scan::begin);
        for (const auto& [key, version] : model.table) comparison->saw(Model::text(key));
        comparison->scan(Scan::end);
        compare(at);
    }
    std::string said() const { return comparison->conditions().empty() ? "" : comparison->conditions().front().code; }

  private:
    TemporaryDirectory directory_;
    Comparison::Setup setup_;

  public:
    ComparisonNotes notes;
    Model model{1};
    std::unique_ptr<Comparison> comparison;
    std::size_t rows = 0;
    std::size_t removed = 0;
};

TEST_CASE("few rows that are gone are deleted, and the next comparison waits for its time", "[comparison]") {
    Bench bench(100);
    bench.model.table.erase(7);  // a reject
    bench.model.table.erase(8);  // a state
    bench.compare(10);
    CHECK(bench.removed == 2);
    CHECK(bench.model.agrees());
    CHECK(bench.comparison->due() == 1010);
    CHECK(bench.said().empty());
}

TEST_CASE("more than the share that may go is held and said, and goes once it is confirmed", "[comparison]") {
    Bench bench(100, {.every = 1'000'000'000'000, .at_most = 0.05, .always = 3});
    for (std::int64_t key = 1; key <= 10; ++key) bench.model.table.erase(key);
    bench.compare(10);
    CHECK(bench.removed == 0);
    CHECK(bench.said() == "deletes_held");
    REQUIRE(bench.notes.held("shop/orders"));
    CHECK(bench.notes.held("shop/orders")->missing == 10);
    CHECK(bench.notes.held("shop/orders")->known == 100);

    REQUIRE(bench.notes.confirm("shop/orders", 10));
    bench.compare(10 + 2'000'000);  // long before its own time
    CHECK(bench.removed == 10);
    CHECK(bench.model.agrees());
    CHECK(bench.said().empty());
    CHECK_FALSE(bench.notes.held("shop/orders"));
    CHECK_FALSE(bench.notes.confirmed("shop/orders"));
}

TEST_CASE("a confirmation survives a restart, and is not for many more rows than were held", "[comparison]") {
    Bench bench(100);
    for (std::int64_t key = 1; key <= 10; ++key) bench.model.table.erase(key);
    bench.compare(10);
    REQUIRE(bench.notes.confirm("shop/orders", 10));
    for (std::int64_t key = 11; key <= 60; ++key) bench.model.table.erase(key);
    bench.restart();
    bench.compare(20);
    CHECK(bench.removed == 0);
    CHECK(bench.said() == "deletes_held");
    REQUIRE(bench.notes.confirm("shop/orders", 60));
    bench.restart();
    bench.compare(30);
    CHECK(bench.removed == 60);
}

TEST_CASE("an empty answer from a table that had rows deletes nothing, however few they were", "[comparison]") {
    Bench bench(3, {.every = 1000, .at_most = 1, .always = 1000});
    bench.model.lists_nothing = true;
    bench.compare(10);
    CHECK(bench.removed == 0);
    CHECK(bench.said() == "deletes_held");
    bench.model.lists_nothing = false;
    bench.compare(5000);
    CHECK(bench.removed == 0);
    CHECK(bench.said().empty());
    CHECK(bench.model.agrees());
}

TEST_CASE("a row that no poll finds is fetched", "[comparison]") {
    Bench bench(10);
    bench.model.put(50, true);
    bench.compare(10);
    CHECK(bench.rows == 1);
    CHECK(bench.model.agrees());
}

TEST_CASE("a change that no poll finds is fetched once", "[comparison]") {
    Bench bench(100);
    bench.model.put(8, true);
    bench.model.put(7, true);  // a reject
    bench.compare(10);
    CHECK(bench.rows == 2);
    CHECK(bench.model.agrees());
    bench.compare(2000);
    CHECK(bench.rows == 2);
}

TEST_CASE("a change that a poll brings in time is not fetched", "[comparison]") {
    Bench bench(100);
    bench.model.put(8);
    bench.compare(10);
    CHECK(bench.rows == 0);
    CHECK(bench.model.agrees());
}

TEST_CASE("where a source tells no versions, keys are all that is compared", "[comparison]") {
    Bench bench(100);
    bench.model.tells_versions = false;
    bench.model.put(8, true);
    bench.compare(10);
    CHECK(bench.rows == 0);
    CHECK_FALSE(bench.model.agrees());
}

TEST_CASE("a comparison that failed starts over later and says so meanwhile", "[comparison]") {
    class Failing final : public Feed {
      public:
        Result<Batch> pull(const Position&, const Limits&, std::stop_token) override { return Batch{}; }
        Result<std::vector<KeyVersion>> keys(std::uint32_t, std::string_view, std::size_t, std::stop_token) override {
            return fail(Verdict::retry, "away", "the source is away");
        }
    };
    Bench bench(10);
    Failing feed;
    CHECK_FALSE(bench.comparison->step(feed, {10, 0, true}, {}));
    CHECK(bench.said() == "comparison_failed");
    CHECK(bench.comparison->due() > 1'000'000);
    bench.compare(bench.comparison->due());
    CHECK(bench.said().empty());
}

TEST_CASE("a sweep fetches every row and notes when it was", "[comparison]") {
    Bench bench(30, {}, 5000, false);
    bench.compare(10);
    CHECK(bench.rows == 30);
    CHECK(bench.comparison->due() == 5010);
    bench.restart();
    CHECK(bench.comparison->due() == 5010);
}

TEST_CASE("a sweep deletes only where deletes are asked for", "[comparison]") {
    const bool deletes = GENERATE(false, true);
    Bench bench(30, {.every = 100'000, .at_most = 1, .always = 20}, 5000, deletes);
    bench.model.table.erase(3);
    bench.compare(10);
    CHECK(bench.removed == (deletes ? 1 : 0));
}

TEST_CASE("what vanished between two full reads is deleted under the same guard", "[comparison]") {
    Bench bench(100, {}, 0, false);
    bench.read_fully(10);
    CHECK(bench.removed == 0);
    bench.model.table.erase(5);
    bench.read_fully(20);
    CHECK(bench.removed == 1);
    for (std::int64_t key = 10; key <= 60; ++key) bench.model.table.erase(key);
    bench.read_fully(30);
    CHECK(bench.removed == 1);
    CHECK(bench.said() == "deletes_held");
}

TEST_CASE("a full read that began before this process deletes nothing", "[comparison]") {
    Bench bench(100, {}, 0, false);
    bench.model.table.erase(5);
    bench.comparison->scan(Scan::page);
    bench.comparison->scan(Scan::end);
    bench.compare(10);
    CHECK(bench.removed == 0);
    bench.comparison->scan(Scan::begin);
    bench.comparison->abandon();
    bench.comparison->scan(Scan::end);
    bench.compare(20);
    CHECK(bench.removed == 0);
    bench.read_fully(30);
    CHECK(bench.removed == 1);
}

TEST_CASE("a full read that was not compared to its end has to come again, whether anything changes or not",
          "[comparison]") {
    Bench bench(100, {}, 0, false);
    CHECK_FALSE(bench.comparison->wants_scan());
    bench.read_fully(10);
    CHECK_FALSE(bench.comparison->wants_scan());
    SECTION("it was sent back") {
        bench.comparison->scan(Scan::begin);
        bench.comparison->scan(Scan::end);
        bench.comparison->abandon();
    }
    SECTION("the one before it was still being compared") {
        bench.comparison->scan(Scan::begin);
        for (const auto& [key, version] : bench.model.table) bench.comparison->saw(Model::text(key));
        bench.comparison->scan(Scan::end);
        bench.comparison->scan(Scan::begin);
        bench.comparison->scan(Scan::end);
        bench.compare(20);
    }
    SECTION("somebody lets its deletes through") {
        for (std::int64_t key = 10; key <= 60; ++key) bench.model.table.erase(key);
        bench.read_fully(20);
        CHECK_FALSE(bench.comparison->wants_scan());
        REQUIRE(bench.notes.confirm("shop/orders", 51));
    }
    CHECK(bench.comparison->wants_scan());
    bench.read_fully(30);
    CHECK_FALSE(bench.comparison->wants_scan());
}

TEST_CASE("full reads follow each other while a read compares only a part of the keys", "[comparison]") {
    Bench bench(100, {}, 0, false, 60);
    bench.read_fully(10);
    bench.model.table.erase(5);
    bench.model.table.erase(6);
    for (std::int64_t at = 20; bench.removed < 2 && at < 100; at += 10) {
        CHECK(bench.comparison->wants_scan());
        bench.read_fully(at);
    }
    CHECK(bench.removed == 2);
}

TEST_CASE("the guard judges shares, counts and empty answers", "[comparison]") {
    const DeletePolicy policy{.every = 0, .at_most = 0.05, .always = 20};
    CHECK(judge(policy, {.known = 1000, .listed = 950, .missing = 50}, {}) == DeleteVerdict::allowed);
    CHECK(judge(policy, {.known = 1000, .listed = 949, .missing = 51}, {}) == DeleteVerdict::too_many);
    CHECK(judge(policy, {.known = 30, .listed = 10, .missing = 20}, {}) == DeleteVerdict::allowed);
    CHECK(judge(policy, {.known = 30, .listed = 9, .missing = 21}, {}) == DeleteVerdict::too_many);
    CHECK(judge(policy, {.known = 5, .listed = 0, .missing = 5}, {}) == DeleteVerdict::empty_answer);
    CHECK(judge(policy, {.known = 0, .listed = 0, .missing = 0}, {}) == DeleteVerdict::allowed);
    CHECK(judge(policy, {.known = 5, .listed = 0, .missing = 5}, 5) == DeleteVerdict::allowed);
    CHECK(judge(policy, {.known = 900, .listed = 100, .missing = 800}, 100) == DeleteVerdict::too_many);
    // parts of one comparison count together
    CHECK(judge(policy, {.known = 100, .listed = 85, .missing = 15, .removed = 15}, {}) == DeleteVerdict::too_many);
}

TEST_CASE("a share is a percentage", "[comparison]") {
    CHECK(parse_share("5%") == 0.05);
    CHECK(parse_share("0%") == 0.0);
    CHECK(parse_share("12.5%") == 0.125);
    CHECK(parse_share("100%") == 1.0);
    for (const char* const wrong : {"5", "%", "-1%", "101%", "5 %", "nan%", "1e1%", ""})
        CHECK_FALSE(parse_share(wrong));
}

TEST_CASE("keys that do not fit are divided into parts, each of which is complete", "[comparison]") {
    SeenKeys seen(100);
    std::set<std::string> found;
    std::size_t part = 0;
    do {
        seen.begin(part, 42);
        for (int i = 0; i < 1000; ++i) seen.add(std::to_string(i));
        CHECK(seen.size() <= 100);
        seen.close();
        for (int i = 0; i < 1000; ++i)
            if (seen.contains(std::to_string(i))) CHECK(found.insert(std::to_string(i)).second);
        for (int i = 1000; i < 2000; ++i) CHECK_FALSE(seen.contains(std::to_string(i)));
    } while (++part < seen.parts());
    CHECK(seen.parts() > 4);
    CHECK(found.size() == 1000);
}

TEST_CASE("the parts of a key come back as they were joined", "[comparison][key]") {
    const std::vector<std::vector<std::string>> keys{{"42"}, {"a/b", "100%"}, {"", "x\n\x7f"}, {"%2F"}};
    for (const auto& parts : keys) {
        std::string joined;
        for (const std::string& part : parts) append_key_part(part, &part == parts.data(), joined);
        CHECK(key_parts(joined) == parts);
    }
}

}  // namespace
}  // namespace tributary::comparison::test
