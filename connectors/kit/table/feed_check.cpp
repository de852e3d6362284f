#include <algorithm>
#include <utility>

#include "connectors/kit/table/feed.hpp"
#include "core/model/time.hpp"

namespace tributary::table {

/// How often the catalogue is asked for columns that nobody reads: microseconds.
constexpr std::int64_t drift_every = 10'000'000;

Result<void> TableFeed::look_for_drift(std::stop_token stop) {
    const std::int64_t now = wall_clock_now();
    if (now < drift_due_) return {};
    drift_due_ = now + drift_every;
    auto own = reader_->columns(std::nullopt, stop);
    if (!own) return std::unexpected(own.error());
    // A table that is gone is told by the page that cannot be read.
    if (!own->empty()) drift_.saw(definition_.what(), std::move(*own));
    for (std::size_t i = 0; i < definition_.includes.size(); ++i) {
        auto child = reader_->columns(i, stop);
        if (!child) return std::unexpected(child.error());
        if (!child->empty()) drift_.saw(definition_.includes[i].what(), std::move(*child));
    }
    drifted_ = drift_.condition();
    return {};
}

void TableFeed::add_given_up(const walk::Look& look) {
    const auto given_up = std::ranges::count_if(
        look.open, [&](const walk::Look::Transaction& open) { return walk_.gives_up(open, look.clock); });
    if (given_up == 0) return;
    round_.conditions.push_back(
        {"transaction_given_up", std::to_string(given_up) +
                                     " transactions are open for longer than max_hold: what they "
                                     "have written to " +
                                     definition_.what() +
                                     " is found by `deletes` or `sweep` once they end, not by polls"});
}

Result<std::vector<Finding>> TableFeed::check(std::uint32_t, std::span<const std::string> columns,
                                              std::stop_token stop) {
    const Visit visit(*reader_);
    const auto facts = reader_->facts(definition_, stop);
    if (!facts) return std::unexpected(facts.error());
    std::vector<std::string> wanted(columns.begin(), columns.end());
    for (const Include& include : definition_.includes)
        std::erase_if(wanted, [&](const std::string& column) {
            return column == include.name || column.starts_with(include.name + ".");
        });
    std::vector<Finding> all = findings(definition_, *facts, wanted);
    for (const Include& include : definition_.includes) {
        const auto child = reader_->facts(include, stop);
        if (!child) return std::unexpected(child.error());
        for (Finding& finding : findings(definition_, include, *child)) {
            finding.column = include.name + "." + finding.column;
            all.push_back(std::move(finding));
        }
    }
    if (auto tried = check_where(all, stop); !tried) return std::unexpected(tried.error());
    if (auto added = add_conditions(all, std::move(stop)); !added) return std::unexpected(added.error());
    return all;
}

/// The condition is tried on a page without rows. The finding is about its text, so that it is shown where it stands.
Result<void> TableFeed::check_where(std::vector<Finding>& found, std::stop_token stop) {
    const auto wrong = [](const Finding& finding) { return finding.severity == Severity::error; };
    if (definition_.where.empty() || std::any_of(found.begin(), found.end(), wrong)) return {};
    Arena arena;
    auto tried = reader_->open(stop);
    if (tried)
        if (auto page = reader_->page(walk_.page({}), {.rows = 0}, arena, stop); !page)
            tried = std::unexpected(page.error());
    if (tried || tried.error().verdict == Verdict::retry) return tried;
    found.push_back({Severity::error, definition_.where, "where: " + tried.error().what});
    return {};
}

/// What a poll would tell an operator: a bound that cannot be trusted, a transaction left open.
Result<void> TableFeed::add_conditions(std::vector<Finding>& found, std::stop_token stop) {
    const auto wrong = [](const Finding& finding) { return finding.severity == Severity::error; };
    if (!definition_.watermark || std::any_of(found.begin(), found.end(), wrong)) return {};
    if (auto opened = reader_->open(stop); !opened) return opened;
    std::vector<Condition> conditions;
    const auto look = reader_->look(conditions, std::move(stop));
    if (!look) return std::unexpected(look.error());
    for (Condition& condition : conditions)
        found.push_back({Severity::warning, definition_.watermark->column, std::move(condition.what)});
    return {};
}

}  // namespace tributary::table
