#include "connectors/kit/table/feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "connectors/kit/table/include.hpp"
#include "core/model/time.hpp"
#include "core/model/utf8.hpp"

namespace tributary::table {
namespace {

/// How many children a parent has is unknown before the first page.
constexpr std::size_t first_parents = 1'000;
constexpr std::size_t most_parents = 1'000'000;

/// A wait for a connection that an operator is told of.
constexpr std::chrono::seconds long_wait(5);

/// It goes into events: bytes, and text that is no text, as SQLite's columns may hold, are written as hex.
std::string_view text_of(const Value& watermark, Arena& arena) {
    if (watermark.has_text() && watermark.kind != Kind::bytes && is_clean_text(watermark.view()))
        return watermark.view();
    if (watermark.has_text()) return arena.copy(walk::hex_of(watermark.view()));
    char* const text = arena.allocate(walk::most_scalar_text);
    const std::size_t size = walk::write_scalar(watermark, text);
    arena.shrink(text, walk::most_scalar_text, size);
    return {text, size};
}

}  // namespace

std::string_view TableFeed::position_of(const Page& page, std::size_t row, Arena& arena) const {
    const std::string_view watermark = text_of(page.rows[row][*reader_->selection().watermark], arena);
    if (definition_.includes.empty()) return watermark;
    constexpr std::size_t digest_text = 1 + 16;
    char* const text = arena.allocate(watermark.size() + digest_text);
    char* const end = std::ranges::copy(watermark, text).out;
    fmt::format_to(end, "~{:016x}", digests_[row]);
    return {text, watermark.size() + digest_text};
}

TableFeed::TableFeed(Definition definition, std::unique_ptr<TableReader> reader, walk::WalkRules rules)
    : definition_(std::move(definition)),
      reader_(std::move(reader)),
      walk_(definition_.walk_settings(), rules),
      most_parents_(first_parents) {}

Result<Batch> TableFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    const Visit visit(*reader_);
    const auto before = walk::read_table_position(after);
    if (!before) return std::unexpected(before.error());
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    Batch batch;
    batch.read_at = wall_clock_now();
    batch.next = after;
    if (auto looked = look_for_drift(stop); !looked) return std::unexpected(looked.error());
    const auto quiet = nothing_committed(after);
    if (!quiet) return std::unexpected(quiet.error());
    if (*quiet) {
        batch.current_to = batch.read_at;
        tell(batch);
        return batch;
    }
    auto begun = begin(*before, stop);
    if (!begun) return std::unexpected(begun.error());
    auto end = next_page(*begun, limits, batch, stop);
    while (end) {
        auto next = walk::TableWalk::next_part(*begun, *end);
        if (!next) break;
        *begun = std::move(*next);
        end = next_page(*begun, limits, batch, stop);
    }
    if (!end) return std::unexpected(end.error());
    if (auto done = finish(after, *before, *begun, std::move(*end), batch); !done) return std::unexpected(done.error());
    return batch;
}

void TableFeed::tell(Batch& batch) const {
    batch.conditions = round_.conditions;
    if (keyless_) batch.conditions.push_back(*keyless_);
    if (drifted_) batch.conditions.push_back(*drifted_);
    batch.waited = reader_->waited().count();
    if (reader_->waited() >= long_wait)
        batch.conditions.push_back(
            {"connections_busy", fmt::format("waited {:.1f} s for one of the source's connections: "
                                             "others read meanwhile; more `connections` would let this one in sooner",
                                             static_cast<double>(batch.waited) / 1e6)});
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
    add_given_up(*look);
    if (position.phase == walk::Phase::poll) return walk_.begin(std::move(position), *look);
    // how many rows fit a condition only a scan could tell
    const auto expected = definition_.where.empty() ? reader_->estimate(stop) : Result<std::int64_t>(0);
    if (!expected) return std::unexpected(expected.error());
    return walk_.begin(std::move(position), *look, *expected);
}

Result<walk::PageEnd> TableFeed::read(const walk::PageRequest& request, const walk::TablePosition& position,
                                      const Limits& limits, Batch& batch, std::stop_token stop) {
    auto page = read_family(request, limits, batch, stop);
    if (!page) return std::unexpected(page.error());
    const Selection& selection = reader_->selection();
    batch.shapes.push_back(selection.shape);
    add_rows(*page, batch);
    // A row that is read for its children says when it changed itself. When the news came about nobody tells: at the
    // latest when the round began.
    if (request.touched_by)
        for (Row& row : batch.rows) row.source_time = round_.clock;
    if (!page->full && !request.touched_by && request.until.empty())
        if (auto added = add_keyless(position, limits, batch, stop); !added) return std::unexpected(added.error());
    walk::PageEnd end{.rows = batch.rows.size(), .full = page->full};
    if (!page->full && !request.until.empty()) return walk::PageEnd{end.rows, true, request.until};
    if (page->rows.empty()) return end;
    const Value* const last = page->rows.back();
    if (request.by_watermark) end.last.push_back(walk::mark_of(last[*selection.watermark]));
    for (std::size_t i = 0; i < selection.key_size; ++i) end.last.push_back(walk::mark_of(last[i]));
    return end;
}

/// Rows with a null in their key come with the last page, without children. The core rejects them, each once: they are
/// told, but a stream goes on without them. So many are told at most; nothing orders them, so they cannot be paged.
constexpr std::size_t most_keyless = 1'000;

Result<void> TableFeed::add_keyless(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                    std::stop_token stop) {
    const auto possible = keys_can_be_null(stop);
    if (!possible) return std::unexpected(possible.error());
    if (!*possible) return {};
    const Limits some{.rows = most_keyless, .bytes = batch.arena.bytes() + limits.bytes};
    const auto page = reader_->page(walk_.keyless_page(position), some, batch.arena, std::move(stop));
    if (!page) return std::unexpected(page.error());
    digests_.assign(page->rows.size(), 0);
    add_rows(*page, batch);
    // A round sees only its own rows, so it cannot tell that there are few.
    if (position.phase != walk::Phase::poll) keyless_.reset();
    if (page->full)
        keyless_ = Condition{"too_many_null_keys", "more than " + std::to_string(page->rows.size() - 1) + " rows of " +
                                                       definition_.what() +
                                                       " have a null in their key: not all of them are rejected one by "
                                                       "one; leave them out by a `query`, or choose another key"};
    return {};
}

Result<bool> TableFeed::keys_can_be_null(std::stop_token stop) {
    if (keys_can_be_null_) return *keys_can_be_null_;
    const auto facts = reader_->facts(definition_, std::move(stop));
    if (!facts) return std::unexpected(facts.error());
    const auto never_null = [&](const std::string& name) {
        return std::any_of(facts->columns.begin(), facts->columns.end(),
                           [&](const auto& column) { return column.name == name && !column.nullable; });
    };
    keys_can_be_null_ = !std::all_of(definition_.key.begin(), definition_.key.end(), never_null);
    return *keys_can_be_null_;
}

/// A page, and the children of its rows where there are any.
Result<Page> TableFeed::read_family(const walk::PageRequest& request, const Limits& limits, Batch& batch,
                                    std::stop_token stop) {
    if (definition_.includes.empty()) return reader_->page(request, limits, batch.arena, std::move(stop));
    return in_snapshot([&] { return read_page(request, limits, batch, stop); }, stop);
}

/// Parents and children from one snapshot: an order never shows lines of another moment.
Result<Page> TableFeed::in_snapshot(const std::function<Result<Page>()>& read, const std::stop_token& stop) {
    if (auto begun = reader_->begin(stop); !begun) return std::unexpected(begun.error());
    auto page = read();
    const auto ended = reader_->end(stop);
    if (page && !ended) return std::unexpected(ended.error());
    return page;
}

Result<Page> TableFeed::read_page(const walk::PageRequest& request, const Limits& limits, Batch& batch,
                                  std::stop_token stop) {
    // Half of the room is for the parents, so that there are always some whose children fit.
    const Limits parents{.rows = std::min(limits.rows, most_parents_), .bytes = limits.bytes / 2};
    auto page = reader_->page(request, parents, batch.arena, stop);
    if (!page || page->rows.empty()) return page;
    const std::size_t found = page->rows.size();
    for (std::size_t i = 0; i < definition_.includes.size(); ++i)
        if (auto added = add_children(i, *page, limits, batch, stop); !added) return std::unexpected(added.error());
    const std::size_t bytes = batch.arena.bytes();
    if (page->rows.size() < found)
        most_parents_ = page->rows.size();
    else if (bytes <= limits.bytes / 2)
        most_parents_ = std::min(most_parents_ * 2, most_parents);
    else if (bytes > limits.bytes)
        most_parents_ = std::max<std::size_t>(1, limits.bytes / (bytes / page->rows.size()));
    return page;
}

/// The page keeps the parents that have all their children, the rest is left to the next one.
Result<Children> TableFeed::read_children(std::size_t include, Page& page, std::size_t most_bytes, bool listed,
                                          Arena& arena, std::stop_token stop) {
    if (include == 0) digests_.assign(page.rows.size(), 0);
    auto children = reader_->children({include, page, most_bytes, listed}, arena, std::move(stop));
    if (!children) return children;
    add_to_digests(*children, digests_);
    if (children->complete < page.rows.size()) {
        page.rows.resize(children->complete);
        digests_.resize(children->complete);
        page.full = true;
    }
    return children;
}

/// Each include gets an even share of the room that is left: one that took all would leave the others a single parent.
Result<void> TableFeed::add_children(std::size_t include, Page& page, const Limits& limits, Batch& batch,
                                     std::stop_token stop) {
    const std::size_t used = batch.arena.bytes();
    const std::size_t left = limits.bytes > used ? limits.bytes - used : 0;
    const std::size_t most_bytes = used + left / (definition_.includes.size() - include);
    auto children = read_children(include, page, most_bytes, false, batch.arena, std::move(stop));
    if (!children) return std::unexpected(children.error());
    const auto attach_to = definition_.includes[include].one ? attach_one : attach;
    attach_to(*children, reader_->selection().columns.size() + include, page, batch.arena);
    batch.shapes.push_back(std::move(children->shape));
    std::ranges::move(children->shapes, std::back_inserter(batch.shapes));
    return {};
}

void TableFeed::add_rows(const Page& page, Batch& batch) {
    const Selection& selection = reader_->selection();
    batch.rows.reserve(page.rows.size());
    batch.shapes.insert(batch.shapes.end(), page.shapes.begin(), page.shapes.end());
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
        const Value* const values = page.rows[i];
        Row& row = batch.rows.emplace_back();
        row.key = {values, selection.key_size};
        row.values = {selection.shape.get(), values};
        if (!selection.watermark) continue;
        row.source_time = reader_->time_of(values[*selection.watermark]);
        row.position = position_of(page, i, batch.arena);
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
    tell(batch);
    round_.complete = !step.more;
    round_.reached = batch.next;
    return {};
}

}  // namespace tributary::table
