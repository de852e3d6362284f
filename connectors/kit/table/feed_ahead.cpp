#include <algorithm>
#include <utility>

#include "connectors/kit/table/feed.hpp"
#include "core/model/time.hpp"

namespace tributary::table {
namespace {

using Clock = std::chrono::steady_clock;

/// So many pages' places are asked for at a time.
constexpr std::size_t pages_told = 8;

}  // namespace

void TableFeed::read_ahead_through(std::vector<std::unique_ptr<TableFeed>> lanes) {
    if (lanes.empty()) return;
    ahead_.lanes = std::move(lanes);
    ahead_.pages = std::make_unique<ReadAhead>(
        ahead_.lanes.size(), [this](std::size_t lane, const KeyRange& range, Batch& batch, std::stop_token stop) {
            return ahead_.lanes[lane]->read_range(range, batch, std::move(stop));
        });
}

Result<walk::PageEnd> TableFeed::next_page(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                           std::stop_token stop) {
    if (!walk::TableWalk::wants_page(position)) return walk::PageEnd{};
    if (limits.ahead && ahead_.pages && position.phase != walk::Phase::poll)
        return load_page(position, limits, batch, std::move(stop));
    return read(walk_.page(position), position, limits, batch, std::move(stop));
}

/// The page that was read ahead, or one of its own; and the next ones, where that makes the load faster.
Result<walk::PageEnd> TableFeed::load_page(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                           std::stop_token stop) {
    if (position.at.empty()) {
        ahead_.pages->forget();
        ahead_.pace = {};
        ahead_.step = 0;
    } else {
        ahead_.pace.away(Clock::now() - ahead_.left);
    }
    // while it waits for the page others may use it
    reader_->leave();
    auto taken = ahead_.pages->take(position.at, stop);
    if (!taken) return std::unexpected(taken.error());
    const Clock::time_point began = Clock::now();
    const bool cut = *taken && (*taken)->cut;
    if (*taken) batch = std::move((*taken)->batch);
    auto end = *taken ? Result<walk::PageEnd>(std::move((*taken)->end)) : own_page(position, limits, batch, stop);
    if (!end) return end;
    if (2 * batch.rows.size() >= ahead_.step) ahead_.pace.read(*taken ? (*taken)->took : Clock::now() - began);
    if (auto looked = look_ahead(*end, cut, limits, batch, stop); !looked) return std::unexpected(looked.error());
    ahead_.left = Clock::now();
    return end;
}

Result<walk::PageEnd> TableFeed::own_page(const walk::TablePosition& position, const Limits& limits, Batch& batch,
                                          std::stop_token stop) {
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    walk::PageRequest request = walk_.page(position);
    request.until = ahead_.pages->until();
    return read(request, position, limits, batch, std::move(stop));
}

/// Of a lane: in a thread of its own.
Result<walk::PageEnd> TableFeed::read_range(const KeyRange& range, Batch& batch, std::stop_token stop) {
    const Visit visit(*reader_);
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    batch.read_at = wall_clock_now();
    most_parents_ = std::max(most_parents_, range.rows);
    const walk::PageRequest request{.after = range.after, .until = range.until};
    return read(request, {.phase = walk::Phase::load}, range.limits, batch, std::move(stop));
}

Result<void> TableFeed::look_ahead(const walk::PageEnd& end, bool cut, const Limits& limits, const Batch& batch,
                                   std::stop_token stop) {
    ReadAhead& pages = *ahead_.pages;
    if (!end.full) {
        pages.forget();
        return {};
    }
    pages.reached(end.last);
    if (!ahead_.pace.pays()) return {};
    const bool small = batch.arena.bytes() < limits.bytes / 2;
    if (cut && !small)
        ahead_.step = batch.rows.size();
    else
        ahead_.step = std::max(ahead_.step, batch.rows.size());
    if (pages.wants_places()) {
        ahead_.step = std::clamp<std::size_t>(small ? 2 * ahead_.step : ahead_.step, 1, limits.rows);
        if (auto told = tell_places(std::move(stop)); !told) return told;
    }
    pages.go_on(limits);
    return {};
}

/// Places are keys that are there now. Rows that come between two of them later make a page larger, and those that go
/// make it smaller; a page that does not fit is cut short and goes on.
Result<void> TableFeed::tell_places(std::stop_token stop) {
    if (auto opened = reader_->open(stop); !opened) return opened;
    const Clock::time_point began = Clock::now();
    Arena arena;
    const Limits many{.rows = ahead_.step * pages_told, .bytes = std::size_t{1} << 40};
    const auto page = reader_->keys({.after = ahead_.pages->known()}, many, arena, std::move(stop));
    if (!page) return std::unexpected(page.error());
    std::vector<std::vector<walk::Mark>> places;
    for (std::size_t row = ahead_.step; row <= page->rows.size(); row += ahead_.step)
        places.push_back(walk::marks_of({page->rows[row - 1], reader_->selection().key_size}));
    ahead_.pace.told_places(Clock::now() - began, places.size());
    ahead_.pages->add_places(std::move(places), ahead_.step, page->rows.size() < many.rows);
    return {};
}

}  // namespace tributary::table
