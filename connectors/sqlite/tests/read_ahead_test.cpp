#include <sqlite3.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "connectors/kit/table/source.hpp"
#include "connectors/sqlite/reader.hpp"

namespace tributary::sqlite {
namespace {

/// A table with a key of two columns, each row with lines.
class File {
  public:
    File() : path_((std::filesystem::temp_directory_path() / "read-ahead-XXXXXX").string()) {
        const int made = ::mkstemp(path_.data());
        REQUIRE(made >= 0);
        ::close(made);
        REQUIRE(sqlite3_open(path_.c_str(), &database_) == SQLITE_OK);
        run("pragma journal_mode = wal; pragma synchronous = off");
        run("create table part(a text, b integer, rev integer, primary key (a, b)); "
            "create table line(a text, b integer, n integer, primary key (a, b, n))");
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() {
        sqlite3_close(database_);
        for (const char* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + suffix);
    }
    void run(const std::string& sql) {
        INFO(sql);
        REQUIRE(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    void fill(int rows) {
        run("insert into part select 'g' || (n / 7 % 13), n, 1 from (with recursive c(n) as (select 1 union all "
            "select n + 1 from c where n < " +
            std::to_string(rows) + ") select n from c); insert into line select a, b, 1 from part where b % 3 > 0");
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    sqlite3* database_ = nullptr;
};

/// What lanes do, and how often they fail.
struct Lanes {
    std::atomic<int> pages = 0;
    std::atomic<int> failed = 0;
    std::atomic<unsigned> fail_one_in = 0;
};

class Lane : public SqliteReader {
  public:
    Lane(FileSettings file, table::Definition definition, Lanes& lanes)
        : SqliteReader(std::move(file), std::move(definition)), lanes_(lanes) {}
    Result<table::Page> page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                             std::stop_token stop) override {
        const auto number = static_cast<unsigned>(++lanes_.pages);
        if (lanes_.fail_one_in != 0 && number % lanes_.fail_one_in == 0) {
            ++lanes_.failed;
            return fail(Verdict::retry, "connection_lost", "the connection broke");
        }
        return SqliteReader::page(request, limits, arena, std::move(stop));
    }

  private:
    Lanes& lanes_;
};

table::TableSource source_of(const File& file, Lanes& lanes, bool with_lines) {
    table::Definition definition;
    definition.stream = "parts";
    definition.table = "part";
    definition.key = {"a", "b"};
    if (with_lines) {
        table::Include& lines = definition.includes.emplace_back();
        lines.name = "lines";
        lines.table = "line";
        lines.on = {{"a", "a"}, {"b", "b"}};
        lines.key = {"n"};
    }
    const FileSettings settings{.path = file.path(), .busy_timeout = std::chrono::seconds(5)};
    const auto reader = [settings, &lanes](const table::Definition& of,
                                           table::Turn turn) -> std::unique_ptr<table::TableReader> {
        if (turn == table::Turn::spare) return std::make_unique<Lane>(settings, of, lanes);
        return std::make_unique<SqliteReader>(settings, of);
    };
    return {{definition}, {}, {.reader = reader, .spare = 3}};
}

std::string name_of(const Row& row) {
    return std::string(row.key[0].view()) + "/" + std::to_string(row.key[1].integer);
}

/// One scan from a position to its end, as the pipeline reads it.
struct Reading {
    std::vector<std::string> rows;
    std::vector<Position> positions{Position{}};

    void page(Feed& feed, const Feed::Limits& limits) {
        auto batch = feed.pull(positions.back(), limits, {});
        REQUIRE(batch);
        for (const Row& row : batch->rows) rows.push_back(name_of(row));
        positions.push_back(batch->next);
        over = batch->scan == Scan::end;
    }
    bool over = false;
};

/// The same table read without and with lanes.
void compare_readings(bool lines, unsigned seed, Lanes& lanes) {
    INFO("lines " << lines << ", seed " << seed);
    std::mt19937 random(seed);
    File file;
    file.fill(600 + static_cast<int>(random() % 400));
    lanes.fail_one_in = random() % 2 == 0 ? 0 : 2 + random() % 5;
    const int before = lanes.pages;
    auto source = source_of(file, lanes, lines);
    Reading plain;
    const auto one = source.open(0);
    while (!plain.over) plain.page(*one, {.rows = 50});
    CHECK(lanes.pages == before);
    Reading ahead;
    const auto other = source.open(0);
    while (!ahead.over) ahead.page(*other, {.rows = 5 + random() % 30, .ahead = true});
    CHECK(ahead.rows == plain.rows);
}

}  // namespace

TEST_CASE("a load that reads ahead brings what one that does not brings, in that order", "[sqlite][read_ahead]") {
    Lanes lanes;
    for (unsigned seed = 0; seed < 12; ++seed)
        for (const bool lines : {false, true}) compare_readings(lines, seed, lanes);
    // how often it pays to read ahead is a matter of the machine's pace: of one table it may be hardly ever
    CHECK(lanes.pages > 120);
    CHECK(lanes.failed > 0);
}

TEST_CASE("from each of its positions a load that reads ahead goes on", "[sqlite][read_ahead]") {
    const unsigned seed = GENERATE(range(0U, 8U));
    std::mt19937 random(seed);
    File file;
    file.fill(500);
    Lanes lanes;
    auto source = source_of(file, lanes, true);
    Reading whole;
    auto feed = source.open(0);
    const Feed::Limits limits{.rows = 20, .ahead = true};
    while (!whole.over) whole.page(*feed, limits);
    std::map<std::string, int> seen;
    Reading jumping;
    for (int page = 0; !jumping.over; ++page) {
        REQUIRE(page < 2'000);
        if (random() % 8 == 0) jumping.positions.resize(1 + random() % jumping.positions.size());  // sent back
        if (random() % 16 == 0) feed = source.open(0);                                             // killed
        jumping.page(*feed, limits);
    }
    for (const std::string& row : jumping.rows) ++seen[row];
    CHECK(seen.size() == whole.rows.size());
    // what comes last is the end of the whole, in its order
    const std::size_t tail = std::min<std::size_t>(20, whole.rows.size());
    CHECK(std::equal(whole.rows.end() - static_cast<std::ptrdiff_t>(tail), whole.rows.end(),
                     jumping.rows.end() - static_cast<std::ptrdiff_t>(tail)));
}

TEST_CASE("rows that come and go beside a load that reads ahead cost it none of the others", "[sqlite][read_ahead]") {
    const unsigned seed = GENERATE(range(0U, 8U));
    std::mt19937 random(seed);
    File file;
    file.fill(800);
    Lanes lanes;
    auto source = source_of(file, lanes, random() % 2 == 0);
    auto feed = source.open(0);
    Reading reading;
    for (int page = 0; !reading.over; ++page) {
        reading.page(*feed, {.rows = 25, .ahead = true});
        // whole stretches of new rows make the pages read ahead too small for their ranges
        const std::string group = "'g" + std::to_string(random() % 13) + "'";
        file.run("insert or ignore into part select a, b + 100000 + " + std::to_string(page) +
                 ", 1 from part where a = " + group +
                 " and b < 100000 limit 60; delete from part where b > 100000 and b % 11 = 0");
    }
    std::map<std::string, int> seen;
    for (const std::string& row : reading.rows) ++seen[row];
    for (int b = 1; b <= 800; ++b) {
        const std::string row = "g" + std::to_string(b / 7 % 13) + "/" + std::to_string(b);
        INFO(row);
        CHECK(seen[row] == 1);
    }
    CHECK(std::ranges::is_sorted(reading.rows, [](const std::string& a, const std::string& b) {
        const auto key = [](const std::string& text) {
            const std::size_t slash = text.find('/');
            return std::pair(text.substr(0, slash), std::stoi(text.substr(slash + 1)));
        };
        return key(a) < key(b);
    }));
}

}  // namespace tributary::sqlite
