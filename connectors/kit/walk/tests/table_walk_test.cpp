#include <catch2/catch.hpp>

#include "connectors/kit/walk/table_walk.hpp"
#include "connectors/kit/walk/tests/model_source.hpp"

namespace tributary::walk {
namespace {

using test::ModelSource;

/// What a consumer holds after the batches up to a position; a crash goes back to an earlier one.
struct Reader {
    TablePosition position = {};
    std::map<ModelSource::Key, ModelSource::Family> rows = {};
};

struct Run {
    std::size_t page = 3;
    std::int64_t unit = 1;
    bool trusted = true;
    bool watermark = true;
    bool by_key = false;
    std::optional<std::chrono::microseconds> overlap = {};
    std::vector<TableWalkSettings::Child> children = {{}};
    WalkRules rules = {};
};

/// Also sends the position through its text, as a checkpoint does.
TablePosition stored(const TablePosition& position) {
    const auto json = write_table_position(position);
    auto read = json ? read_table_position(*json) : std::unexpected(json.error());
    if (!read || *read != position) FAIL("a position does not survive being stored");
    return *read;
}

bool pull(const TableWalk& walk, ModelSource& source, Reader& reader, const Run& run, bool writers) {
    TablePosition begun = stored(reader.position);
    if (walk.wants_look(begun)) begun = walk.begin(begun, source.look());
    // What commits between the look and the page is where naive bounds lose.
    for (auto i = source.below(4); writers && i > 0; --i) source.write_something();
    ModelSource::Page page;
    if (TableWalk::wants_page(begun)) page = source.read(walk.page(begun), run.page);
    while (const auto next = TableWalk::next_part(begun, page.end)) {
        begun = stored(*next);
        for (auto i = source.below(4); writers && i > 0; --i) source.write_something();
        page = source.read(walk.page(begun), run.page);
    }
    for (const auto& [key, row] : page.rows) reader.rows[key] = source.family(key);
    if (TableWalk::idle(reader.position, begun, page.end)) return false;
    const Step step = walk.advance(begun, page.end);
    reader.position = step.next;
    return step.more;
}

/// Rows of which the reader does not know the last version although everything has been quiet for a while.
std::size_t lost_rows(std::uint64_t seed, const Run& run) {
    ModelSource source(seed, run.unit, run.trusted);
    const TableWalk walk(
        {.watermark = run.watermark, .rounds_by_key = run.by_key, .overlap = run.overlap, .children = run.children},
        run.rules);
    Reader reader;
    std::vector<Reader> history{reader};
    for (int step = 0; step < 60; ++step) {
        for (auto i = source.below(12); i > 0; --i) source.write_something();
        pull(walk, source, reader, run, true);
        history.push_back(reader);
        if (source.below(20) == 0) {
            reader = history[static_cast<std::size_t>(source.below(static_cast<std::int64_t>(history.size())))];
            history.assign(1, reader);
        }
    }
    source.settle();
    // Two more rounds: the first may have begun before the last commit.
    for (int round = 0; round < 3; ++round)
        for (int pulls = 0; pull(walk, source, reader, run, false); ++pulls)
            if (pulls > 500) FAIL("a quiet source is read for ever");

    std::size_t lost = 0;
    for (const auto& [key, row] : source.rows())
        if (reader.rows[key] != source.family(key) && (row.stamp || !run.watermark)) ++lost;
    return lost;
}

std::size_t lost_rows_of(int cases, Run run) {
    std::size_t lost = 0;
    for (int seed = 1; seed <= cases; ++seed) {
        run.page = 1 + static_cast<std::size_t>(seed) % 11;
        run.unit = 1 + (seed % 7) * 13;
        lost += lost_rows(static_cast<std::uint64_t>(seed), run);
    }
    return lost;
}

constexpr std::chrono::microseconds enough_overlap{ModelSource::longest_transaction};

TEST_CASE("a walk beside writers loses no row, whatever the page size and however coarse the stamps", "[walk]") {
    REQUIRE(lost_rows_of(1200, {}) == 0);
}

TEST_CASE("a walk that cannot see transactions loses no row when the overlap outlasts the longest", "[walk]") {
    REQUIRE(lost_rows_of(600, {.trusted = false, .overlap = enough_overlap}) == 0);
    REQUIRE(lost_rows_of(100, {.trusted = false}) == 0);
}

TEST_CASE("a walk whose rounds go by key loses no row, however coarse the stamps", "[walk]") {
    REQUIRE(lost_rows_of(600, {.by_key = true}) == 0);
    REQUIRE(lost_rows_of(600, {.trusted = false, .by_key = true, .overlap = enough_overlap}) == 0);
}

TEST_CASE("the property notices a round by key that leaves out rows stamped at the bound itself", "[walk][mutant]") {
    REQUIRE(lost_rows_of(600, {.by_key = true, .rules = {.inclusive_bound = false}}) > 0);
}

TEST_CASE("a child whose own stamps are an application's is read back for by its own overlap", "[walk]") {
    REQUIRE(lost_rows_of(300, {.children = {{.by_application = true}}}) == 0);
    REQUIRE(lost_rows_of(300, {.trusted = false,
                               .overlap = enough_overlap * 2,
                               .children = {{.overlap = enough_overlap, .by_application = true}}}) == 0);
}

TEST_CASE("the property notices a child whose watermark is not followed", "[walk][mutant]") {
    REQUIRE(lost_rows_of(100, {.children = {}}) > 0);
}

TEST_CASE("the property notices a child that is read back for less than its transactions take", "[walk][mutant]") {
    REQUIRE(lost_rows_of(300, {.trusted = false,
                               .overlap = std::chrono::microseconds(0),
                               .children = {{.overlap = std::chrono::microseconds(0)}}}) > 0);
}

TEST_CASE("a walk without a watermark finds every version by reading everything", "[walk]") {
    REQUIRE(lost_rows_of(200, {.watermark = false}) == 0);
}

TEST_CASE("the property notices a bound that leaves out rows stamped at the bound itself", "[walk][mutant]") {
    REQUIRE(lost_rows_of(600, {.rules = {.inclusive_bound = false}}) > 0);
}

TEST_CASE("the property notices pages that skip rows tied with the last watermark", "[walk][mutant]") {
    REQUIRE(lost_rows_of(300, {.rules = {.ties_by_key = false}}) > 0);
}

TEST_CASE("the property notices an untrusted bound used without an overlap", "[walk][mutant]") {
    REQUIRE(lost_rows_of(300, {.trusted = false, .rules = {.untrusted_overlap = false}}) > 0);
}

TEST_CASE("the property notices a bound that ignores open transactions", "[walk][mutant]") {
    REQUIRE(lost_rows_of(300, {.rules = {.open_transactions = false}}) > 0);
}

TableWalk by_watermark() { return TableWalk({.watermark = true}); }

PageEnd page_of(std::size_t rows, bool full, std::vector<Mark> last = {}) { return {rows, full, std::move(last)}; }

TEST_CASE("a first load is followed by a poll from the look before its first page", "[walk]") {
    const TableWalk walk = by_watermark();
    TablePosition position = walk.begin({}, {.clock = 1000, .trusted = true}, 7);
    CHECK(position.expected == 7);
    CHECK_FALSE(walk.page(position).by_watermark);

    Step step = walk.advance(position, page_of(2, true, {{Kind::integer, "2"}}));
    CHECK(step.cause == Cause::load);
    CHECK(step.more);
    CHECK_FALSE(walk.wants_look(step.next));
    CHECK(walk.page(step.next).after == std::vector<Mark>{{Kind::integer, "2"}});

    step = walk.advance(step.next, page_of(1, false, {{Kind::integer, "3"}}));
    CHECK(step.more);
    REQUIRE(walk.wants_look(step.next));
    position = walk.begin(step.next, {.clock = 9000, .trusted = true});
    CHECK(walk.page(position).by_watermark);
    CHECK(walk.page(position).from == 1000);
}

TEST_CASE("a row stamped ahead of the clock does not move the position", "[walk]") {
    const TableWalk walk = by_watermark();
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 1000}};
    const TablePosition begun = walk.begin(polling, {.clock = 2000, .trusted = true});
    const Step step = walk.advance(begun, page_of(1, false, {{Kind::integer, "172800000"}, {Kind::integer, "1"}}));
    CHECK(step.next.known.seen == 2000);
    CHECK(step.next.at.empty());
}

TEST_CASE("a transaction that stays open is remembered and read from its start once it has ended", "[walk]") {
    const TableWalk walk = by_watermark();
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 5000}};
    const Look held{.clock = 6000, .trusted = true, .open = {{.id = "7", .since = 4000}}};
    TablePosition position = walk.advance(walk.begin(polling, held), page_of(1, false)).next;

    TablePosition begun = walk.begin(position, {.clock = 7000, .trusted = true, .open = held.open});
    CHECK(walk.page(begun).from == 6000);
    begun = walk.begin(walk.advance(begun, page_of(1, false)).next, {.clock = 8000, .trusted = true});
    CHECK(walk.page(begun).from == 4000);
}

TEST_CASE("a transaction that is open for longer than anybody waits is not read back for when it ends", "[walk]") {
    const TableWalk walk({.watermark = true, .max_hold = std::chrono::microseconds(3000)});
    TablePosition position{.phase = Phase::poll, .known = {.seen = 5000}};
    const auto polled = [&](std::int64_t clock, std::vector<Look::Transaction> open) {
        const TablePosition begun = walk.begin(position, {.clock = clock, .trusted = true, .open = std::move(open)});
        position = walk.advance(begun, {}).next;
        return begun.from;
    };
    CHECK(polled(6000, {{.id = "7", .since = 4000}}) == 5000);
    CHECK(position.known.open.size() == 1);
    CHECK(polled(8000, {{.id = "7", .since = 4000}}) == 6000);  // from now on nobody waits for it
    CHECK(position.known.open.empty());
    CHECK(polled(9000, {}) == 8000);
    // one that ends in time is read from its start
    CHECK(polled(10'000, {{.id = "8", .since = 9500}}) == 9000);
    CHECK(polled(11'000, {}) == 9500);
}

TEST_CASE("a prepared transaction that was not seen running is read from the last look before it", "[walk]") {
    const TableWalk walk = by_watermark();
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 5000}};
    const Look prepared{.clock = 6000, .trusted = true, .open = {{.id = "p9", .since = 5900, .late = true}}};
    const TablePosition position = walk.advance(walk.begin(polling, prepared), page_of(1, false)).next;
    const TablePosition begun = walk.begin(position, {.clock = 7000, .trusted = true});
    CHECK(walk.page(begun).from == 5000);
}

TEST_CASE("more transactions than a position holds are read back over, the oldest still remembered", "[walk]") {
    const TableWalk walk = by_watermark();
    Look look{.clock = 1'000'000, .trusted = true};
    for (int i = 0; i < 5000; ++i) look.open.push_back({"transaction-" + std::to_string(i), 900'000 - i});
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 950'000}};
    const TablePosition position = walk.advance(walk.begin(polling, look), page_of(1, false)).next;
    REQUIRE(write_table_position(position));
    std::int64_t oldest = position.known.seen;
    for (const OpenTransaction& open : position.known.open) oldest = std::min(oldest, open.since);
    CHECK(oldest == 900'000 - 4999);
    CHECK(position.known.seen == 900'000 - 4999 + static_cast<std::int64_t>(position.known.open.size()));
}

TEST_CASE("a clock that was set back is followed back", "[walk]") {
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 5000}};
    const TableWalk walk = by_watermark();
    CHECK(walk.page(walk.begin(polling, {.clock = 3000, .trusted = true})).from == 3000);
}

TEST_CASE("an overlap that is given is subtracted even behind a trusted bound", "[walk]") {
    const TableWalk walk({.watermark = true, .overlap = std::chrono::microseconds(100)});
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 5000}};
    const Step step = walk.advance(walk.begin(polling, {.clock = 6000, .trusted = true}), page_of(1, false));
    CHECK(step.next.known.seen == 5900);
}

TEST_CASE("an idle poll leaves the position as it was", "[walk]") {
    const TableWalk walk = by_watermark();
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 5000}};
    const TablePosition begun = walk.begin(polling, {.clock = 6000, .trusted = true});
    CHECK(TableWalk::idle(polling, begun, page_of(0, false)));
    CHECK_FALSE(TableWalk::idle(polling, begun, page_of(1, false)));
}

TEST_CASE("a round reads what its children have touched, part by part, and only then knows", "[walk]") {
    using std::chrono::microseconds;
    const TableWalk walk({.watermark = true, .children = {{}, {.overlap = microseconds(70)}}});
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 1000}};
    const Look look{
        .clock = 2000, .trusted = true, .grain = microseconds(10), .child_grains = {microseconds(30), microseconds(0)}};
    TablePosition at = stored(walk.begin(polling, look));
    Step step = walk.advance(at, page_of(1, false));
    CHECK(step.more);
    at = stored(step.next);
    CHECK_FALSE(walk.wants_look(at));
    CHECK(walk.page(at).touched_by == 0U);
    CHECK(walk.page(at).from == 980);
    CHECK_FALSE(walk.page(at).by_watermark);
    step = walk.advance(at, page_of(2, true, {{Kind::integer, "2"}}));
    CHECK(walk.page(stored(step.next)).after == std::vector<Mark>{{Kind::integer, "2"}});
    step = walk.advance(step.next, page_of(0, false));
    CHECK(walk.page(step.next).touched_by == 1U);
    CHECK(walk.page(step.next).from == 940);
    CHECK(walk.page(step.next).after.empty());
    CHECK(step.next.known.seen == 1000);
    step = walk.advance(step.next, page_of(1, false));
    CHECK_FALSE(step.more);
    CHECK(step.next == TablePosition{.phase = Phase::poll, .known = {.seen = 1990}});
}

TEST_CASE("a round that was begun for other children starts over", "[walk]") {
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 1000}};
    const TableWalk before({.watermark = true, .children = {{}, {}}});
    TablePosition at = before.begin(polling, {.clock = 2000, .trusted = true});
    at = before.advance(before.advance(at, page_of(0, false)).next, page_of(0, false)).next;
    REQUIRE(at.part == 2);
    const TableWalk now({.watermark = true, .children = {{}}});
    REQUIRE(now.wants_look(at));
    at = now.begin(at, {.clock = 3000, .trusted = true});
    CHECK(now.page(at).from == 1000);
    CHECK(at.part == 0);
}

TEST_CASE("a scan tells begin and end also when everything fits one page", "[walk]") {
    const TableWalk walk({.watermark = false});
    const TablePosition begun = walk.begin({}, {}, 3);
    Step step = walk.advance(begun, page_of(3, false));
    CHECK(step.scan == Scan::begin);
    CHECK(step.cause == Cause::load);
    REQUIRE(step.more);
    CHECK_FALSE(TableWalk::wants_page(step.next));
    step = walk.advance(step.next, {});
    CHECK(step.scan == Scan::end);
    CHECK_FALSE(step.more);
    CHECK(walk.advance(walk.begin(step.next, {}), page_of(3, false)).cause == Cause::change);
}

TEST_CASE("a watermark added to a stream that was scanned is followed from a load, whose finds are changes", "[walk]") {
    const TableWalk walk = by_watermark();
    const auto scanned = GENERATE(TablePosition{.phase = Phase::scan, .known = {.seen = 77}, .scanned = true},
                                  TablePosition{.phase = Phase::scan,
                                                .at = {{Kind::integer, "5"}},
                                                .in_scan = true,
                                                .drained = true,
                                                .scanned = true,
                                                .rows = 5});
    REQUIRE(walk.wants_look(scanned));
    const TablePosition begun = stored(walk.begin(scanned, {.clock = 1000, .trusted = true}, 7));
    CHECK(begun.known.seen == 1000);
    CHECK(TableWalk::wants_page(begun));
    CHECK(walk.page(begun).after.empty());
    Step step = walk.advance(begun, page_of(2, true, {{Kind::integer, "2"}}));
    CHECK(step.cause == Cause::change);
    CHECK(step.scan == Scan::none);
    CHECK_FALSE(walk.wants_look(stored(step.next)));
    step = walk.advance(step.next, page_of(1, false));
    CHECK(step.cause == Cause::change);
    CHECK(step.next == TablePosition{.phase = Phase::poll, .known = {.seen = 1000}});
}

TEST_CASE("a watermark added before the first scan has ended leaves the load a first load", "[walk]") {
    const TableWalk walk = by_watermark();
    const TablePosition half{.phase = Phase::scan, .at = {{Kind::integer, "5"}}, .in_scan = true};
    const Step step = walk.advance(walk.begin(half, {.clock = 1000, .trusted = true}), page_of(9, false));
    CHECK(step.cause == Cause::load);
}

TEST_CASE("a stream that lost its watermark is scanned, and what differs is a change", "[walk]") {
    const TableWalk walk({.watermark = false});
    const TablePosition polling{.phase = Phase::poll, .known = {.seen = 5000}};
    TablePosition in_round = by_watermark().begin(polling, {.clock = 6000, .trusted = true});
    in_round.at = {{Kind::instant, "t"}, {Kind::integer, "5"}};
    for (const TablePosition& position : {polling, in_round}) {
        REQUIRE(walk.wants_look(position));
        const TablePosition begun = walk.begin(position, {});
        CHECK_FALSE(walk.page(begun).by_watermark);
        CHECK(walk.page(begun).after.empty());
        const Step step = walk.advance(begun, page_of(3, false));
        CHECK(step.scan == Scan::begin);
        CHECK(step.cause == Cause::change);
    }
    const TablePosition loading{.phase = Phase::load, .known = {.seen = 5000}, .at = {{Kind::integer, "5"}}};
    REQUIRE(walk.wants_look(loading));
    CHECK(walk.advance(walk.begin(loading, {}), page_of(3, false)).cause == Cause::load);
}

}  // namespace
}  // namespace tributary::walk
