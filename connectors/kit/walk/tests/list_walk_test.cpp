#include "connectors/kit/walk/list_walk.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <set>
#include <tuple>

namespace tributary::walk {
namespace {

using Paging = ListWalkSettings::Paging;
enum class Order { key, stamp, newest_first };

/// A list in memory that is written to between its pages. A row becomes visible up to `late` ticks after its stamp.
struct Model {
    struct Row {
        std::int64_t stamp = 0;
        std::int64_t version = 0;
        std::int64_t born = 0;  ///< Its first version since it last was gone.
    };
    using Key = std::int64_t;
    static constexpr std::int64_t late = 30;

    explicit Model(std::uint64_t seed, Order by) : random(seed), order(by) {
        for (Key key = 0; key < 30; ++key) write(rows[key * 10]);
    }
    std::int64_t below(std::int64_t limit) { return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random); }
    void write_something() {
        clock += 1 + below(5);
        const auto some = std::next(rows.begin(), below(static_cast<std::int64_t>(rows.size())));
        switch (below(4)) {
            case 0:
                if (rows.size() > 5) rows.erase(some);
                return;
            case 1:
                return write(some->second);
            default:
                return write(rows[below(600)]);
        }
    }
    void write(Row& row) {
        row.stamp = clock - below(late);
        row.version = ++versions;
        if (row.born == 0) row.born = row.version;
    }
    std::vector<std::pair<Key, Row>> listed(const ListRequest& request, std::int64_t cap) const {
        std::vector<std::pair<Key, Row>> all;
        for (const auto& row : rows)
            if (!request.from || row.second.stamp >= *request.from) all.push_back(row);
        std::ranges::stable_sort(all, [&](const auto& a, const auto& b) {
            if (order == Order::key) return a.first < b.first;
            const auto place = [](const auto& row) { return std::tuple(row.second.stamp, row.first); };
            return order == Order::stamp ? place(a) < place(b) : place(b) < place(a);
        });
        if (request.size == 0) return all;
        const std::int64_t size = std::min(request.size, cap);
        if (ignores) return {all.begin(), all.begin() + std::min<std::int64_t>(size, std::ssize(all))};
        const std::int64_t offset = request.number > 0 ? request.number * size : request.offset;
        const auto begin = std::min<std::int64_t>(offset, std::ssize(all));
        const auto end = std::min<std::int64_t>(begin + size, std::ssize(all));
        return {all.begin() + begin, all.begin() + end};
    }

    std::mt19937_64 random;
    Order order;
    bool ignores = false;  ///< Where it is asked to begin.
    std::int64_t clock = 10'000;
    std::int64_t versions = 0;
    std::map<Key, Row> rows;
};

struct Consumer {
    ListPosition position = {};
    std::map<Model::Key, std::int64_t> rows = {};
    std::set<Model::Key> unseen = {};
    std::int64_t scan_from = 0;  ///< The model's versions when the scan began.
    std::int64_t largest = 0;
    bool repeated = false;
};

struct Run {
    Paging paging = Paging::offset;
    Order order = Order::key;
    bool watermark = true;
    std::chrono::microseconds overlap{Model::late + 2};
    std::int64_t size = 5;
    std::int64_t cap = 1000;
    ListRules rules = {};
    int writes = 3;  ///< Between two pages, at most.
};

ListPosition stored(const ListPosition& position) {
    const auto json = write_list_position(position);
    auto read = json ? read_list_position(*json) : std::unexpected(json.error());
    if (!read || *read != position) FAIL("a position does not survive being stored");
    return *read;
}

ListPage page_of(const std::vector<std::pair<Model::Key, Model::Row>>& rows, const ListPosition& position) {
    ListPage page{.rows = std::ssize(rows)};
    for (std::int64_t back = 0; back < std::ssize(position.anchors) && !page.anchor; ++back) {
        const std::string& anchor = position.anchors[position.anchors.size() - 1 - static_cast<std::size_t>(back)];
        const auto found =
            std::ranges::find_if(rows, [&](const auto& row) { return std::to_string(row.first) == anchor; });
        if (found != rows.end()) page.anchor = {.back = back, .at = found - rows.begin()};
    }
    for (std::size_t i = 0; i < std::min(rows.size(), most_anchors); ++i)
        page.top += std::to_string(rows[i].first) + ' ';
    for (std::size_t i = rows.size() > most_anchors ? rows.size() - most_anchors : 0; i < rows.size(); ++i)
        page.last.push_back(std::to_string(rows[i].first));
    return page;
}

/// Returns whether more is to come; counts rows that are deleted although they were there all the time.
bool pull(const ListWalk& walk, Model& model, Consumer& to, const Run& run, int& wrongly_gone) {
    ListPosition position = stored(to.position);
    const bool first = !position.going;
    const std::int64_t versions_before = model.versions;
    const ListRequest request = walk.page(position, 1000);
    if (first) position = walk.begin(position, model.clock);
    for (auto i = run.writes > 0 ? model.below(run.writes) : 0; i > 0; --i) model.write_something();
    ListPage page;
    if (ListWalk::wants_page(position)) {
        const auto rows = model.listed(request, run.cap);
        page = page_of(rows, position);
        to.largest = std::max(to.largest, page.rows);
        if (first) to.scan_from = versions_before;
        if (first)
            for (const auto& [key, version] : to.rows) to.unseen.insert(key);
        for (const auto& [key, row] : rows) {
            to.rows[key] = row.version;
            to.unseen.erase(key);
        }
    }
    page.largest = to.largest;
    const bool asked = ListWalk::wants_page(position);
    const ListStep step = walk.advance(position, asked ? request : ListRequest{}, page, first);
    to.repeated = to.repeated || step.repeats;
    if (step.scan == Scan::begin) CHECK(first);
    if (step.scan == Scan::end)
        for (const Model::Key key : std::exchange(to.unseen, {})) {
            const auto there = model.rows.find(key);
            wrongly_gone += there != model.rows.end() && there->second.born <= to.scan_from ? 1 : 0;
            to.rows.erase(key);
        }
    to.position = step.next;
    return step.more;
}

struct Outcome {
    int lost = 0;
    int wrongly_gone = 0;
    int not_gone = 0;
    int repeated = 0;
};

Outcome life(std::uint64_t seed, const Run& run) {
    Outcome outcome;
    Model model(seed, run.order);
    const ListWalk walk({.watermark = run.watermark, .overlap = run.overlap, .paging = run.paging, .size = run.size},
                        run.rules);
    Consumer consumer;
    for (int i = 0; i < 150; ++i) {
        for (auto writes = run.writes > 0 ? model.below(run.writes) : 0; writes > 0; --writes) model.write_something();
        pull(walk, model, consumer, run, outcome.wrongly_gone);
        if (model.below(25) == 0) consumer.largest = 0;  // a restart forgets
    }
    outcome.repeated = consumer.repeated ? 1 : 0;
    Run quiet = run;
    quiet.writes = 0;
    model.clock += Model::late + 10;
    for (int round = 0; round < 4; ++round)
        for (int pulls = 0; pull(walk, model, consumer, quiet, outcome.wrongly_gone); ++pulls)
            if (pulls > 500) FAIL("a quiet source is read for ever");
    for (const auto& [key, row] : model.rows) outcome.lost += consumer.rows[key] == row.version ? 0 : 1;
    for (const auto& [key, version] : consumer.rows) outcome.not_gone += model.rows.contains(key) ? 0 : 1;
    return outcome;
}

Outcome lives(int cases, Run run) {
    Outcome all;
    for (int seed = 1; seed <= cases; ++seed) {
        run.size = run.paging == Paging::number ? 20 + seed % 7 : 2 + seed % 9;
        if (run.cap < 1000) run.cap = 2 + seed % 6;
        const Outcome one = life(static_cast<std::uint64_t>(seed), run);
        all.lost += one.lost;
        all.wrongly_gone += one.wrongly_gone;
        all.not_gone += one.not_gone;
        all.repeated += one.repeated;
    }
    return all;
}

TEST_CASE("a list that is polled while it is written to loses no row, however it is ordered and cut", "[walk]") {
    for (const Paging paging : {Paging::whole, Paging::offset, Paging::number})
        for (const Order order : {Order::key, Order::stamp, Order::newest_first}) {
            CAPTURE(static_cast<int>(paging), static_cast<int>(order));
            const Outcome outcome = lives(200, {.paging = paging, .order = order});
            CHECK(outcome.lost == 0);
            CHECK(outcome.repeated == 0);
        }
}

TEST_CASE("a source that gives smaller pages than it was asked for loses no row", "[walk]") {
    CHECK(lives(300, {.cap = 4}).lost == 0);
}

TEST_CASE("a scan of a list finds what is gone, and takes no row for gone that is there", "[walk]") {
    for (const Paging paging : {Paging::whole, Paging::offset, Paging::number})
        for (const Order order : {Order::key, Order::stamp}) {
            CAPTURE(static_cast<int>(paging), static_cast<int>(order));
            const Outcome outcome = lives(200, {.paging = paging, .order = order, .watermark = false});
            CHECK(outcome.lost == 0);
            CHECK(outcome.wrongly_gone == 0);
            CHECK(outcome.not_gone == 0);
            CHECK(outcome.repeated == 0);
        }
}

/// How many pages a source that gives its first one whatever is asked is read until the walk says so; 0: for ever.
int pages_until_told(std::uint64_t seed, const Run& run) {
    Model model(seed, run.order);
    model.ignores = true;
    const ListWalk walk({.watermark = run.watermark, .paging = run.paging, .size = run.size}, run.rules);
    Consumer consumer;
    int wrongly_gone = 0;
    for (int pages = 1; pages <= 300; ++pages) {
        pull(walk, model, consumer, run, wrongly_gone);
        if (consumer.repeated) return pages;
    }
    return 0;
}

TEST_CASE("a source that gives its first page whatever it is asked is found out, also while it is written to",
          "[walk]") {
    for (const Paging paging : {Paging::offset, Paging::number})
        for (const bool watermark : {true, false})
            for (const std::int64_t size : {20, 29, 30, 100}) {  // there are 30 rows
                const Run run{.paging = paging, .watermark = watermark, .size = size, .writes = 0};
                CAPTURE(static_cast<int>(paging), watermark, size);
                CHECK(pages_until_told(1, run) == 8);
                Run written = run;
                written.writes = 2;
                written.size = 20;
                written.order = Order::stamp;
                for (std::uint64_t seed = 1; seed < 20; ++seed) CHECK(pages_until_told(seed, written) > 0);
            }
}

TEST_CASE("the property notices a walk that does not tell repeated pages", "[walk][mutant]") {
    CHECK(pages_until_told(1, {.rules = {.tells_repeats = false}, .writes = 0}) == 0);
}

TEST_CASE("the property notices pages that follow each other by number alone", "[walk][mutant]") {
    CHECK(lives(100, {.rules = {.anchored = false}}).lost > 0);
    CHECK(lives(100, {.watermark = false, .rules = {.anchored = false}}).wrongly_gone > 0);
}

TEST_CASE("the property notices an overlap that is too short", "[walk][mutant]") {
    CHECK(lives(100, {.overlap = std::chrono::microseconds(0)}).lost > 0);
}

TEST_CASE("the property notices a scan that ends although rows moved to its front", "[walk][mutant]") {
    const Run newest{.order = Order::newest_first, .watermark = false};
    Run wrong = newest;
    wrong.rules.tells_moves = false;
    CHECK(lives(200, wrong).wrongly_gone > lives(200, newest).wrongly_gone);
}

TEST_CASE("a list's position that nobody wrote is refused", "[walk]") {
    for (const char* const json :
         {"x", "{}", R"({"v":1})", R"({"v":1,"phase":"poll"})", R"({"v":1,"of":"list"})",
          R"({"v":1,"of":"list","phase":"poll","read":-1})", R"({"v":1,"of":"list","phase":"poll","anchors":[1]})"}) {
        INFO(json);
        const auto read = read_list_position({json});
        REQUIRE_FALSE(read);
        CHECK(read.error().verdict == Verdict::stop);
    }
}

}  // namespace
}  // namespace tributary::walk
