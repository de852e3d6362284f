#include "connectors/kit/walk/table_walk.hpp"

#include <algorithm>
#include <utility>

namespace tributary::walk {
namespace {

const OpenTransaction* find(const std::vector<OpenTransaction>& open, const std::string& id) {
    const auto found = std::find_if(open.begin(), open.end(), [&](const auto& one) { return one.id == id; });
    return found == open.end() ? nullptr : &*found;
}

bool still_open(const Look& look, const std::string& id) {
    return std::any_of(look.open.begin(), look.open.end(), [&](const auto& one) { return one.id == id; });
}

/// A position has 64 KB. Beyond this many, the youngest transactions are read back over instead of remembered.
constexpr std::size_t most_remembered = 256;

void fold_youngest(Known& known) {
    if (known.open.size() <= most_remembered) return;
    std::sort(known.open.begin(), known.open.end(), [](const auto& a, const auto& b) { return a.since < b.since; });
    known.seen = std::min(known.seen, known.open[most_remembered].since);
    known.open.resize(most_remembered);
}

Step advance_load(TablePosition next, PageEnd end) {
    const Cause cause = next.scanned ? Cause::change : Cause::load;
    next.rows += static_cast<std::int64_t>(end.rows);
    if (end.full) {
        next.at = std::move(end.last);
    } else {
        next.phase = Phase::poll;
        next.scanned = false;
        next.at.clear();
        next.rows = next.expected = 0;
    }
    return {.next = std::move(next), .more = true, .scan = Scan::none, .cause = cause};
}

Step advance_round(TablePosition next, PageEnd end) {
    if (end.full) {
        next.at = std::move(end.last);
        return {.next = std::move(next), .more = true};
    }
    next.at.clear();
    if (next.part < next.child_from.size()) {
        ++next.part;
        return {.next = std::move(next), .more = true};
    }
    return {.next = {.phase = Phase::poll, .known = std::move(next.then)}};
}

/// The first page tells the begin and the last one the end, so a scan of one page takes an empty second one.
Step advance_scan(TablePosition next, PageEnd end) {
    Step step{.cause = next.scanned ? Cause::change : Cause::load};
    const bool first = !next.in_scan;
    next.rows += static_cast<std::int64_t>(end.rows);
    if (end.full || first) {
        step.scan = first ? Scan::begin : Scan::page;
        step.more = true;
        next.in_scan = true;
        next.drained = !end.full;
        next.at = end.full ? std::move(end.last) : std::vector<Mark>{};
    } else {
        step.scan = Scan::end;
        next = {.phase = Phase::scan, .scanned = true};
    }
    step.next = std::move(next);
    return step;
}

}  // namespace

/// The watermark was added or removed since the position was written.
bool TableWalk::walked_otherwise(const TablePosition& position) const {
    return position.phase != Phase::fresh && settings_.watermark == (position.phase == Phase::scan);
}

bool TableWalk::wants_look(const TablePosition& position) const {
    if (walked_otherwise(position)) return true;
    switch (position.phase) {
        case Phase::fresh:
            return true;
        case Phase::load:
            return false;
        case Phase::poll:
            // a round for other children than there are now starts over
            return !position.in_round || position.child_from.size() != settings_.children.size();
        case Phase::scan:
            return !position.in_scan;
    }
    return false;
}

std::chrono::microseconds TableWalk::overlap(const Look& look) const {
    if (settings_.overlap) return *settings_.overlap;
    const bool unsafe = !look.trusted && rules_.untrusted_overlap;
    return unsafe ? untrusted_overlap : std::chrono::microseconds(0);
}

/// A child's rows are as new as their stamps and margin say; what the table itself is read back for is what
/// transactions and clocks have done, which is the same for both. A smaller margin of the child's is not made use of.
std::vector<std::int64_t> TableWalk::child_starts(const Look& look, std::int64_t from) const {
    std::vector<std::int64_t> starts;
    starts.reserve(settings_.children.size());
    for (std::size_t i = 0; i < settings_.children.size(); ++i) {
        const TableWalkSettings::Child& child = settings_.children[i];
        const bool trusted = (look.trusted && !child.by_application) || !rules_.untrusted_overlap;
        const auto back = child.overlap.value_or(trusted ? std::chrono::microseconds(0) : untrusted_overlap);
        const auto grain = i < look.child_grains.size() ? look.child_grains[i] : look.grain;
        const auto further = grain + back - (look.grain + overlap(look));
        starts.push_back(from - std::max(further, std::chrono::microseconds(0)).count());
    }
    return starts;
}

/// A clock that was set back stamps rows below what was already seen, so the look's own clock counts as well.
std::int64_t TableWalk::round_start(const Look& look, const Known& before) const {
    std::int64_t from = std::min(before.seen, look.clock - (look.grain + overlap(look)).count());
    for (const OpenTransaction& open : before.open)
        if (!still_open(look, open.id)) from = std::min(from, open.since);
    return from;
}

bool TableWalk::gives_up(const Look::Transaction& open, std::int64_t clock) const {
    return settings_.max_hold && open.since < clock - settings_.max_hold->count();
}

Known TableWalk::established(const Look& look, const Known& before, std::int64_t from) const {
    const std::int64_t margin = (look.grain + overlap(look)).count();
    Known known{.seen = look.clock - margin, .open = {}};
    if (!rules_.open_transactions) return known;
    for (const Look::Transaction& open : look.open) {
        if (gives_up(open, look.clock)) continue;
        const OpenTransaction* seen_before = find(before.open, open.id);
        const std::int64_t since = open.late ? std::min(from, open.since - margin) : open.since - margin;
        known.open.push_back({open.id, seen_before ? seen_before->since : since});
    }
    fold_youngest(known);
    return known;
}

TablePosition TableWalk::begin(TablePosition position, const Look& look, std::int64_t expected_rows) const {
    if (!settings_.watermark) {
        const bool scanned = position.scanned || position.phase == Phase::poll;
        return {.phase = Phase::scan, .scanned = scanned, .expected = expected_rows};
    }
    if (position.phase == Phase::fresh || walked_otherwise(position)) {
        position = {.scanned = position.scanned};
        // Nothing was seen before: how old the rows of a prepared transaction are can only be guessed.
        const std::int64_t guess = look.clock - std::max(untrusted_overlap, overlap(look)).count();
        position.known = established(look, {}, guess);
        position.phase = Phase::load;
        position.expected = expected_rows;
        return position;
    }
    position.from = round_start(look, position.known);
    position.then = established(look, position.known, position.from);
    position.child_from = child_starts(look, position.from);
    position.in_round = true;
    position.part = 0;
    position.at.clear();
    return position;
}

PageRequest TableWalk::page(const TablePosition& position) const {
    PageRequest request{.after = position.at};
    if (position.phase != Phase::poll) return request;
    if (position.part > 0) {
        request.touched_by = position.part - 1;
        request.from = position.child_from[position.part - 1];
        return request;
    }
    request.by_watermark = !settings_.rounds_by_key;
    request.from_inclusive = rules_.inclusive_bound;
    request.after_with_key = rules_.ties_by_key;
    if (request.after.empty() || settings_.rounds_by_key) request.from = position.from;
    return request;
}

PageRequest TableWalk::keyless_page(TablePosition position) const {
    position.at.clear();
    PageRequest request = page(position);
    request.keyless = true;
    return request;
}

std::optional<TablePosition> TableWalk::next_part(const TablePosition& position, const PageEnd& end) {
    const bool over = position.phase == Phase::poll && end.rows == 0 && !end.full;
    if (!over || position.part >= position.child_from.size()) return std::nullopt;
    return advance_round(position, end).next;
}

Step TableWalk::advance(const TablePosition& position, PageEnd end) const {
    switch (position.phase) {
        case Phase::poll:
            return advance_round(position, std::move(end));
        case Phase::scan:
            return advance_scan(position, std::move(end));
        default:
            return advance_load(position, std::move(end));
    }
}

}  // namespace tributary::walk
