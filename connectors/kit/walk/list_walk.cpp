#include "connectors/kit/walk/list_walk.hpp"

#include <algorithm>

namespace tributary::walk {
namespace {

using Paging = ListWalkSettings::Paging;

bool by_count(Paging paging) { return paging == Paging::offset || paging == Paging::number; }

constexpr std::int64_t most_repeats = 4;

/// What is left of a load, round or scan once it is over.
ListPosition at_rest(const ListPosition& position, Phase phase) { return {.phase = phase, .seen = position.seen}; }

struct Numbered {
    std::int64_t number = 0;
    std::int64_t size = 0;
};

/// Of all ways to cut a list into pages of at most `most` rows, the page that holds the row at `start` and as many
/// behind it as possible. There is none where each of them begins a page right behind it, which takes a list as long as
/// the least common multiple of all sizes: then a page is larger.
Numbered page_with(std::int64_t start, std::int64_t most) {
    Numbered best;
    std::int64_t rows = 0;
    for (std::int64_t size = most; size > 1 && size > rows; --size) {
        const std::int64_t behind = size - start % size - 1;
        if (behind > rows) rows = behind, best = {start / size, size};
    }
    for (std::int64_t size = most + 1; rows == 0; ++size)
        if (start % size != size - 1) return {start / size, size};
    return best;
}

}  // namespace

ListRequest ListWalk::page(const ListPosition& position, std::int64_t most_rows) const {
    ListRequest request{.token = position.token};
    if (position.phase == Phase::poll) request.from = position.seen - settings_.overlap.count();
    if (settings_.paging == Paging::whole) return request;
    request.size = std::max<std::int64_t>(2, settings_.size);
    if (position.size > 1) request.size = std::min(request.size, position.size);
    // one row more than there is room for, as the first is known; a page by number may be larger, it is given in parts
    if (settings_.paging != Paging::number)
        request.size = std::max<std::int64_t>(2, std::min(request.size, most_rows + 1));
    if (!by_count(settings_.paging) || position.read <= 1) return request;
    const std::int64_t start = rules_.anchored ? position.read - 1 : position.read;
    if (settings_.paging == Paging::offset) {
        request.offset = start;
        return request;
    }
    const Numbered numbered = page_with(start, request.size);
    request.number = numbered.number;
    request.size = numbered.size;
    request.offset = numbered.number * numbered.size;
    return request;
}

ListPosition ListWalk::begin(ListPosition position, std::int64_t clock) const {
    const bool known = position.scanned || position.phase == Phase::poll;
    const bool rows_known = position.phase != Phase::fresh && known;
    if (!settings_.watermark && position.phase != Phase::scan)
        position = {.phase = Phase::scan, .scanned = rows_known};
    else if (settings_.watermark && position.phase != Phase::poll)
        position = {.phase = Phase::load, .scanned = rows_known};
    position.going = true;
    position.then = clock;
    return position;
}

ListStep ListWalk::part(const ListPosition& position, bool first, std::int64_t rows) const {
    ListStep step{.next = position, .more = true};
    step.next.given += rows;
    if (position.phase == Phase::scan) step.scan = first ? Scan::begin : Scan::page;
    const bool load = position.phase != Phase::poll && !position.scanned;
    step.cause = load ? Cause::load : Cause::change;
    return step;
}

bool ListWalk::over(const ListRequest& request, const ListPage& page) const {
    if (settings_.paging == Paging::whole || (page.more && !*page.more)) return true;
    if (settings_.paging == Paging::token) return !page.token;
    if (page.more) return false;
    // a short page is the last one, unless the source never gives more
    const std::int64_t known = page.anchor ? page.anchor->at + 1 : 0;
    return page.rows < request.size && (page.rows <= known || page.rows < page.largest);
}

/// Whether this page is of another place than the one before it, a later one, and begins with the same rows. Two pages
/// by number may begin at one place: of different sizes, or stepping back.
bool ListWalk::begins_again(const ListRequest& request, const ListPage& page, ListPosition& next) const {
    if (!rules_.tells_repeats || page.top.empty()) return false;
    const bool same = next.top == page.top;
    const bool elsewhere = !request.token.empty() || (request.offset > 0 && request.offset != next.topped);
    next.top = page.top;
    next.topped = request.offset;
    if (!same) next.repeats = 0;
    return same && elsewhere;
}

ListStep ListWalk::advance(const ListPosition& position, const ListRequest& request, const ListPage& page,
                           bool first) const {
    if (position.drained) return ended(position, false);
    ListStep step = part(position, first, 0);
    ListPosition& next = step.next;
    next.given = 0;
    next.rows += page.rows;
    if (begins_again(request, page, next)) {
        step.repeats = ++next.repeats >= most_repeats;
        next.moved = true;
        next.read = 0;
        next.token.clear();
        return step;
    }
    const bool counted = by_count(settings_.paging);
    if (counted && rules_.anchored && request.offset > 0 && !page.anchor) {
        // what was read moved up, and rows behind it with it
        next.read = request.offset > request.size ? request.offset - request.size + 1 : 0;
        return step;
    }
    if (page.anchor && request.offset + page.anchor->at > position.anchored - 1 - page.anchor->back) next.moved = true;
    if (over(request, page)) return ended(next, first);
    if (page.rows > 0 && page.rows < request.size) next.size = std::max<std::int64_t>(2, page.rows);
    next.token = page.token.value_or("");
    next.read = request.offset + page.rows;
    next.anchored = next.read;
    if (counted && !page.last.empty()) next.anchors = page.last;
    return step;
}

/// The first page of a scan tells its begin and the last one its end, so a scan of one page takes an empty second one.
ListStep ListWalk::ended(const ListPosition& next, bool first) const {
    ListStep step = part(next, first, 0);
    if (next.phase == Phase::scan && first) {
        step.next = at_rest(next, Phase::scan);
        step.next.going = step.next.drained = true;
        step.next.then = next.then;
        step.next.moved = next.moved;
        step.next.scanned = next.scanned;
        return step;
    }
    step.more = next.phase == Phase::load;
    if (next.phase == Phase::scan) {
        step.moved = next.moved && rules_.tells_moves;
        step.scan = step.moved ? Scan::page : Scan::end;
        step.next = at_rest(next, Phase::scan);
        step.next.scanned = true;
    } else {
        step.next = at_rest(next, Phase::poll);
        step.next.seen = next.then;
    }
    return step;
}

ListPosition ListWalk::without_token(const ListPosition& position) {
    ListPosition again = at_rest(position, position.phase);
    again.scanned = position.scanned;
    if (position.phase == Phase::load) again.phase = Phase::fresh;
    return again;
}

}  // namespace tributary::walk
