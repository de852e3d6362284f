#include "tests/conformance/conformance.hpp"

#include <array>

#include "tests/conformance/conduct.hpp"
#include "tests/conformance/delivery.hpp"

namespace tributary::conformance {
namespace {

constexpr std::array all_checks{
    Check{"its options are declared soundly and nothing else is taken", declares_options},
    Check{"a load and the polls after it deliver every row", delivers_everything},
    Check{"small pages deliver what a large one does", delivers_page_by_page},
    Check{"rows that share a watermark are not skipped", delivers_ties},
    Check{"deletes arrive", tells_deletes},
    Check{"values the source does not repeat are marked", tells_unchanged_values},
    Check{"reading goes on from every position it ever gave", resumes_from_every_position},
    Check{"what is behind a committed position stays readable", keeps_rows_when_committed},
    Check{"feeds of one source do not disturb each other", keeps_feeds_apart},
    Check{"a pull keeps to its limits", respects_limits},
    Check{"a stop request ends a pull and loses nothing", ends_at_a_stop_request},
    Check{"an outage is a retry and loses nothing", survives_an_outage},
    Check{"what cannot work fails with the right verdict", judges_errors},
    Check{"a position it never gave stops it", refuses_foreign_positions},
    Check{"a batch outlives the feed it came from", owns_its_memory},
    Check{"a definition that fits is found good, a missing column is not", checks_definitions},
    Check{"rows are found by their values", searches_rows},
    Check{"keys, versions and fetched rows are those of the source", lists_keys},
};

}  // namespace

std::span<const Check> checks() { return all_checks; }

std::vector<Violation> violations(const MakeSubject& make) {
    Report report;
    for (const Check& check : all_checks) check.run(make, report);
    return report.violations();
}

}  // namespace tributary::conformance
