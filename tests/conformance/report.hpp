#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::conformance {

/// What a connector promises; docs/connectors.md says it in full.
enum class Rule : std::uint8_t {
    options_unsound,         ///< An option without help, with a bad default, or a secret with any.
    configuration_misread,   ///< An unknown option taken, a good configuration refused, or a bad one without a word.
    exception_escaped,       ///< Failures are results.
    healthy_source_fails,    ///< A call that has no reason to fail does.
    batch_malformed,         ///< A row without key, shape or column, a stream that is not there, no time of reading.
    memory_outside_arena,    ///< A row's view points to what the batch does not own.
    row_lost,                ///< Reading everything at once misses rows.
    row_invented,            ///< Rows the source does not have.
    position_malformed,      ///< Too big, no JSON object, or none behind rows.
    position_ahead_of_rows,  ///< Reading page by page misses rows between the pages.
    tie_skipped,             ///< Rows with the watermark of the last one read are missed.
    page_lost_on_resume,     ///< A feed that is opened at a position misses rows behind it.
    page_lost_on_return,     ///< A feed that is sent back to a position misses rows behind it.
    page_lost_on_commit,     ///< After `committed`, rows behind the position are missed.
    foreign_position_taken,  ///< A position that is none of its own does not stop it.
    limit_ignored,
    stop_ignored,        ///< A call outlasts a stop request.
    row_lost_by_stop,    ///< A stopped call moves the position behind rows it did not deliver.
    outage_not_retried,  ///< A source that is away ends in anything but `retry`.
    row_lost_by_outage,
    error_unclassed,  ///< An error without code or text, or with the wrong verdict.
    secret_leaked,    ///< In an error, a condition, a finding, a position or a complaint.
    feeds_entangled,  ///< One feed of a source disturbs another.
    delete_lost,
    unchanged_lost,  ///< A value the source did not repeat is not marked as such.
    offer_untrue,    ///< An optional call is offered and missing, or there and wrong.
};

std::string_view name_of(Rule rule);

struct Violation {
    Rule rule;
    std::string what;
};

/// Collects violations, the first of each rule: the rest follows from it.
class Report {
  public:
    void add(Rule rule, std::string what);
    bool has(Rule rule) const;
    const std::vector<Violation>& violations() const { return violations_; }
    /// `rule_name: what`, a line each.
    std::string text() const;

  private:
    std::vector<Violation> violations_;
};

}  // namespace tributary::conformance
