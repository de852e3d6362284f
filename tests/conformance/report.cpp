#include "tests/conformance/report.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tributary::conformance {
namespace {

constexpr std::array names{
    "options_unsound",
    "configuration_misread",
    "exception_escaped",
    "healthy_source_fails",
    "batch_malformed",
    "memory_outside_arena",
    "row_lost",
    "row_invented",
    "position_malformed",
    "position_ahead_of_rows",
    "tie_skipped",
    "page_lost_on_resume",
    "page_lost_on_return",
    "page_lost_on_commit",
    "foreign_position_taken",
    "limit_ignored",
    "stop_ignored",
    "row_lost_by_stop",
    "outage_not_retried",
    "row_lost_by_outage",
    "error_unclassed",
    "secret_leaked",
    "feeds_entangled",
    "delete_lost",
    "unchanged_lost",
    "offer_untrue",
};
static_assert(names.size() == static_cast<std::size_t>(Rule::offer_untrue) + 1);

}  // namespace

std::string_view name_of(Rule rule) { return names[static_cast<std::size_t>(rule)]; }

void Report::add(Rule rule, std::string what) {
    if (!has(rule)) violations_.push_back({rule, std::move(what)});
}

bool Report::has(Rule rule) const {
    return std::any_of(violations_.begin(), violations_.end(), [&](const auto& one) { return one.rule == rule; });
}

std::string Report::text() const {
    std::string all;
    for (const Violation& one : violations_) all += std::string(name_of(one.rule)) + ": " + one.what + "\n";
    return all;
}

}  // namespace tributary::conformance
