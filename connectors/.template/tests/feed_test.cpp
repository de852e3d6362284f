#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "connectors/@NAME@/feed.hpp"

namespace tributary::@NAME@ {
namespace {

/// A file that is gone with the test.
class Lines {
  public:
    Lines() {
        char name[] = "/tmp/tributary-@NAME@-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        folder_ = name;
    }
    ~Lines() { std::filesystem::remove_all(folder_); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    std::string path() const { return folder_ / "lines.txt"; }
    void append(std::string_view text) { std::ofstream(path(), std::ios::app) << text; }

  private:
    std::filesystem::path folder_;
};

TEST_CASE("@NAME@: lines come once, and only when they are whole", "[@NAME@]") {
    Lines lines;
    lines.append("one\ntwo\nthr");
    LineFeed feed(lines.path());
    const auto first = feed.pull({}, {.rows = 1}, {});
    REQUIRE(first);
    REQUIRE(first->rows.size() == 1);
    CHECK(first->more);
    const auto second = feed.pull(first->next, {}, {});
    REQUIRE(second);
    REQUIRE(second->rows.size() == 1);
    CHECK(second->rows[0].values.values[1].view() == "two");
    lines.append("ee\n");
    const auto third = feed.pull(second->next, {}, {});
    REQUIRE(third);
    REQUIRE(third->rows.size() == 1);
    CHECK(third->rows[0].key[0].integer == 3);
    CHECK(third->rows[0].values.values[1].view() == "three");
    CHECK(feed.pull(third->next, {}, {})->next == third->next);
}

TEST_CASE("@NAME@: a missing file is tried again, a foreign position is not", "[@NAME@]") {
    Lines lines;
    LineFeed feed(lines.path());
    const auto missing = feed.pull({}, {}, {});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().verdict == Verdict::retry);
    const auto foreign = feed.pull(Position{"{\"v\":2}"}, {}, {});
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().verdict == Verdict::stop);
}

}  // namespace
}  // namespace tributary::@NAME@
