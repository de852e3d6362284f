#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "connectors/@NAME@/connector.hpp"
#include "connectors/@NAME@/feed.hpp"
#include "tests/conformance/catch.hpp"

namespace tributary::@NAME@ {
namespace {

/// A file that is gone with the test, and the hand that writes into it.
class Lines : public conformance::Subject {
  public:
    Lines() {
        char name[] = "/tmp/tributary-@NAME@-XXXXXX";
        REQUIRE(mkdtemp(name) != nullptr);
        folder_ = name;
        append("");
    }
    ~Lines() override { std::filesystem::remove_all(folder_); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    std::string path() const { return folder_ / "lines.txt"; }
    void append(std::string_view text) const { std::ofstream(path(), std::ios::app) << text; }

    const Connector& connector() const override { return @NAME@::connector(); }
    conformance::Configuration configuration() const override { return {"path: " + path(), {{"lines", "{}"}}}; }
    std::string text_column() const override { return "text"; }
    void insert(std::string_view, std::span<const std::string> texts, conformance::Stamp) override {
        for (const std::string& text : texts) append(text + "\n");
    }
    conformance::Rows rows(std::string_view) override {
        conformance::Rows rows;
        std::ifstream file(path());
        for (std::string text; std::getline(file, text);) rows[std::to_string(rows.size() + 1)] = text;
        return rows;
    }
    bool cut() override {
        std::filesystem::rename(path(), path() + ".away");
        return true;
    }
    void restore() override { std::filesystem::rename(path() + ".away", path()); }
    std::vector<conformance::Refused> refused() const override {
        return {{"a folder", {"path: " + folder_.string(), {{"lines", "{}"}}}, Verdict::retry}};
    }

  private:
    std::filesystem::path folder_;
};

TEST_CASE("@NAME@ conforms", "[@NAME@][conformance]") {
    conformance::require_conformance([] { return std::make_shared<Lines>(); });
}

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

TEST_CASE("@NAME@: no file is a retry, a foreign position a stop", "[@NAME@]") {
    Lines lines;
    LineFeed feed(lines.path());
    lines.cut();
    const auto missing = feed.pull({}, {}, {});
    REQUIRE_FALSE(missing);
    CHECK(missing.error().verdict == Verdict::retry);
    const auto foreign = feed.pull(Position{"{\"v\":2}"}, {}, {});
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().verdict == Verdict::stop);
}

}  // namespace
}  // namespace tributary::@NAME@
