#include "connectors/kit/table/feed.hpp"

#include <algorithm>
#include <utility>

#include "connectors/kit/table/include.hpp"

namespace tributary::table {
namespace {

/// How many children a parent has is unknown before the first page.
constexpr std::size_t first_parents = 1'000;
constexpr std::size_t most_parents = 1'000'000;

std::int64_t now_micros() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string_view text_of(const Value& watermark, Arena& arena) {
    if (watermark.has_text()) return watermark.view();
    char* const text = arena.allocate(walk::most_scalar_text);
    const std::size_t size = walk::write_scalar(watermark, text);
    arena.shrink(text, walk::most_scalar_text, size);
    return {text, size};
}

}  // namespace

TableFeed::TableFeed(Definition definition, std::unique_ptr<TableReader> reader, walk::WalkRules rules)
    : definition_(std::move(definition)),
      reader_(std::move(reader)),
      walk_(definition_.walk_settings(), rules),
      most_parents_(first_parents) {}

Result<Batch> TableFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    const auto before = walk::read_table_position(after);
    if (!before) return std::unexpected(before.error());
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    Batch batch;
    batch.read_at = now_micros();
    batch.next = after;
    const auto quiet = nothing_committed(after);
    if (!quiet) return std::unexpected(quiet.error());
    if (*quiet) {
        batch.current_to = batch.read_at;
        batch.conditions = round_.conditions;
        return batch;
    }
    const auto begun = begin(*before, stop);
    if (!begun) return std::unexpected(begun.error());
    auto end = read(*begun, limits, batch, stop);
    if (!end) return std::unexpected(end.error());
    if (auto done = finish(after, *before, *begun, std::move(*end), batch); !done) return std::unexpected(done.error());
    return batch;
}

/// After a complete round or scan, and with no commit since, there is nothing that was not read.
Result<bool> TableFeed::nothing_committed(const Position& after) {
    if (after != round_.reached) round_ = {};
    if (!round_.complete || !round_.commits) return false;
    const auto commits = reader_->commits();
    if (!commits) return std::unexpected(commits.error());
    return *commits == round_.commits;
}

Result<walk::TablePosition> TableFeed::begin(walk::TablePosition position, std::stop_token stop) {
    if (!walk_.wants_look(position)) return position;
    round_ = {};
    const auto commits = reader_->commits();
    if (!commits) return std::unexpected(commits.error());
    round_.commits = *commits;
    const auto look = reader_->look(round_.conditions, stop);
    if (!look) return std::unexpected(look.error());
    round_.clock = look->clock;
    if (position.phase == walk::Phase::poll) return walk_.begin(std::move(position), *look);
    const auto expected = reader_->estimate(stop);
    if (!expected) return std::unexpected(expected.error());
    return walk_.begin(std::move(position), *look, *expected);
}

Result<walk::PageEnd> TableFeed::read(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                      std::stop_token stop) {
    if (!walk::TableWalk::wants_page(position)) return walk::PageEnd{};
    const walk::PageRequest request = walk_.page(position);
    auto page = definition_.includes.empty() ? reader_->page(request, limits, batch.arena, stop)
                                             : read_family(request, limits, batch, stop);
    if (!page) return std::unexpected(page.error());
    const Selection& selection = reader_->selection();
    batch.shapes.push_back(selection.shape);
    add_rows(*page, batch);
    walk::PageEnd end{.rows = page->rows.size(), .full = page->full};
    if (page->rows.empty()) return end;
    const Value* const last = page->rows.back();
    if (request.by_watermark) end.last.push_back(walk::mark_of(last[*selection.watermark]));
    for (std::size_t i = 0; i < selection.key_size; ++i) end.last.push_back(walk::mark_of(last[i]));
    return end;
}

/// Parents and children from one snapshot: an order never shows lines of another moment.
Result<Page> TableFeed::read_family(const walk::PageRequest& request, const Limits& limits, Batch& batch,
                                    std::stop_token stop) {
    if (auto begun = reader_->begin(stop); !begun) return std::unexpected(begun.error());
    auto page = read_page(request, limits, batch, stop);
    const auto ended = reader_->end(stop);
    if (page && !ended) return std::unexpected(ended.error());
    return page;
}

Result<Page> TableFeed::read_page(const walk::PageRequest& request, const Limits& limits, Batch& batch,
                                  std::stop_token stop) {
    const Limits parents{.rows = std::min(limits.rows, most_parents_), .bytes = limits.bytes};
    auto page = reader_->page(request, parents, batch.arena, stop);
    if (!page || page->rows.empty()) return page;
    if (auto attached = attach_children(*page, batch, stop); !attached) return std::unexpected(attached.error());
    const std::size_t bytes = batch.arena.bytes();
    most_parents_ = bytes <= limits.bytes ? std::min(most_parents_ * 2, most_parents)
                                          : std::max<std::size_t>(1, limits.bytes / (bytes / page->rows.size()));
    return page;
}

Result<void> TableFeed::attach_children(Page& page, Batch& batch, std::stop_token stop) {
    const std::size_t first_slot = reader_->selection().columns.size();
    for (std::size_t i = 0; i < definition_.includes.size(); ++i) {
        auto children = reader_->children(i, page, batch.arena, stop);
        if (!children) return std::unexpected(children.error());
        attach(*children, first_slot + i, page, batch.arena);
        batch.shapes.push_back(std::move(children->shape));
    }
    return {};
}

void TableFeed::add_rows(const Page& page, Batch& batch) {
    const Selection& selection = reader_->selection();
    batch.rows.reserve(page.rows.size());
    for (const Value* const values : page.rows) {
        Row& row = batch.rows.emplace_back();
        row.key = {values, selection.key_size};
        row.values = {selection.shape.get(), values};
        if (!selection.watermark) continue;
        const Value& watermark = values[*selection.watermark];
        row.source_time = reader_->time_of(watermark);
        row.position = text_of(watermark, batch.arena);
    }
}

Result<void> TableFeed::finish(const Position& after, const walk::TablePosition& before,
                               const walk::TablePosition& begun, walk::PageEnd end, Batch& batch) {
    const bool idle = walk::TableWalk::idle(before, begun, end);
    batch.progress = {begun.rows + static_cast<std::int64_t>(end.rows), begun.expected};
    walk::Step step = walk_.advance(begun, std::move(end));
    // No two scans end at one position: a feed sent back to the first must be told from one that goes on from the last.
    if (step.scan == Scan::end) step.next.known.seen = batch.read_at;
    batch.more = step.more;
    batch.scan = step.scan;
    batch.cause = step.cause;
    if (idle) {
        batch.next = after;
    } else if (auto next = walk::write_table_position(step.next)) {
        batch.next = std::move(*next);
    } else {
        return std::unexpected(next.error());
    }
    if (begun.phase == walk::Phase::poll) batch.progress = {};
    if (!step.more) batch.current_to = round_.clock != no_time ? round_.clock : step.next.known.seen;
    batch.conditions = round_.conditions;
    round_.complete = !step.more;
    round_.reached = batch.next;
    return {};
}

Result<std::vector<Finding>> TableFeed::check(std::uint32_t, std::span<const std::string> columns,
                                              std::stop_token stop) {
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
        for (Finding& finding : findings(include, *child)) all.push_back(std::move(finding));
    }
    if (auto added = add_conditions(all, std::move(stop)); !added) return std::unexpected(added.error());
    return all;
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
