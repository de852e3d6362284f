#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/conformance/catch.hpp"
#include "tests/conformance/fakes.hpp"

namespace tributary::conformance {
namespace {

using Fake = std::shared_ptr<Subject> (*)(Flaw);

/// The names of the rules a fake with this flaw breaks.
std::string rules_broken(Fake fake, Flaw flaw) {
    std::string names;
    for (const Violation& one : violations([&] { return fake(flaw); })) {
        UNSCOPED_INFO(name_of(one.rule) << ": " << one.what);
        names += (names.empty() ? "" : " ") + std::string(name_of(one.rule));
    }
    return names;
}

TEST_CASE("every rule is explained in docs/connectors.md", "[conformance]") {
    std::ifstream file("docs/connectors.md");
    std::stringstream text;
    text << file.rdbuf();
    for (int rule = 0; rule <= static_cast<int>(Rule::offer_untrue); ++rule) {
        const std::string row = "| `" + std::string(name_of(static_cast<Rule>(rule))) + "` |";
        INFO(row << " (tests run in the checkout's root)");
        CHECK(text.str().find(row) != std::string::npos);
    }
}

TEST_CASE("a table, a log, a push source and a keyed API conform", "[conformance]") {
    require_conformance([] { return table_fake(); });
    require_conformance([] { return log_fake(); });
    require_conformance([] { return push_fake(); });
    require_conformance([] { return keyed_fake(); });
}

TEST_CASE("a connector that skips ties breaks tie_skipped", "[conformance][mutant]") {
    CHECK(rules_broken(table_fake, Flaw::skips_ties) == "tie_skipped");
}

TEST_CASE("a connector that ignores stop breaks stop_ignored", "[conformance][mutant]") {
    CHECK(rules_broken(push_fake, Flaw::ignores_stop) == "stop_ignored");
}

TEST_CASE("a connector whose position is ahead of its rows breaks position_ahead_of_rows", "[conformance][mutant]") {
    CHECK(rules_broken(log_fake, Flaw::ahead_of_rows) == "position_ahead_of_rows");
}

TEST_CASE("a connector that loses a page on resume breaks page_lost_on_resume", "[conformance][mutant]") {
    CHECK(rules_broken(table_fake, Flaw::loses_page) == "page_lost_on_resume");
}

TEST_CASE("a connector that shows its token breaks secret_leaked", "[conformance][mutant]") {
    CHECK(rules_broken(keyed_fake, Flaw::leaks_secret) == "secret_leaked");
}

TEST_CASE("other mistakes have a name each", "[conformance][mutant]") {
    CHECK(rules_broken(table_fake, Flaw::takes_any_position) == "foreign_position_taken");
    CHECK(rules_broken(table_fake, Flaw::ignores_limits) == "limit_ignored");
    CHECK(rules_broken(log_fake, Flaw::nulls_unchanged) == "unchanged_lost");
    CHECK(rules_broken(log_fake, Flaw::drops_deletes) == "delete_lost");
    CHECK(rules_broken(push_fake, Flaw::forgets_unread) == "page_lost_on_commit");
    CHECK(rules_broken(keyed_fake, Flaw::keeps_rows) == "memory_outside_arena");
    CHECK(rules_broken(keyed_fake, Flaw::overlooks_values) == "offer_untrue");
    CHECK(rules_broken(keyed_fake, Flaw::gives_up) == "outage_not_retried");
}

}  // namespace
}  // namespace tributary::conformance
