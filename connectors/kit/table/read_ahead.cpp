#include "connectors/kit/table/read_ahead.hpp"

#include <algorithm>
#include <utility>

namespace tributary::table {

void ReadAhead::forget() {
    for (const auto& page : pages_) page->thread.request_stop();
    pages_.clear();
    places_.clear();
    all_told_ = false;
    reached_.clear();
    std::fill(busy_.begin(), busy_.end(), false);
}

Result<std::optional<ReadAhead::Taken>> ReadAhead::take(const std::vector<walk::Mark>& after, std::stop_token stop) {
    if (after != reached_) forget();
    if (pages_.empty() || pages_.front()->range.after != after) return std::nullopt;
    {
        std::unique_lock lock(mutex_);
        if (!read_one_.wait(lock, stop, [&] { return pages_.front()->end.has_value(); }))
            return fail(Verdict::retry, "stopped", "stopped while pages were read ahead");
    }
    const std::unique_ptr<Page> page = std::move(pages_.front());
    pages_.pop_front();
    page->thread.join();
    busy_[page->lane] = false;
    if (!*page->end) return std::nullopt;
    const bool cut = (*page->end)->last != page->range.until;
    return Taken{std::move(page->batch), std::move(**page->end), page->took, cut};
}

std::vector<walk::Mark> ReadAhead::until() const {
    if (!pages_.empty()) return pages_.front()->range.after;
    return places_.empty() ? std::vector<walk::Mark>{} : places_.front();
}

void ReadAhead::reached(const std::vector<walk::Mark>& at) {
    reached_ = at;
    if (pages_.empty() && !places_.empty() && places_.front() == at) places_.pop_front();
}

void ReadAhead::go_on(const Feed::Limits& limits) {
    while (!places_.empty() && std::ranges::count(busy_, false) > 0) {
        start({pages_.empty() ? reached_ : pages_.back()->range.until, std::move(places_.front()), rows_, limits});
        places_.pop_front();
    }
}

void ReadAhead::start(KeyRange range) {
    const auto lane = static_cast<std::size_t>(std::ranges::find(busy_, false) - busy_.begin());
    busy_[lane] = true;
    Page& page = *pages_.emplace_back(std::make_unique<Page>(Page{.range = std::move(range), .lane = lane}));
    page.thread = std::jthread([this, &page](std::stop_token stop) {
        const auto began = std::chrono::steady_clock::now();
        auto end = read_(page.lane, page.range, page.batch, std::move(stop));
        page.took = std::chrono::steady_clock::now() - began;
        const std::lock_guard lock(mutex_);
        page.end = std::move(end);
        read_one_.notify_all();
    });
}

std::vector<walk::Mark> ReadAhead::known() const {
    if (!places_.empty()) return places_.back();
    return pages_.empty() ? reached_ : pages_.back()->range.until;
}

void ReadAhead::add_places(std::vector<std::vector<walk::Mark>> places, std::size_t rows, bool all) {
    std::ranges::move(places, std::back_inserter(places_));
    rows_ = rows;
    all_told_ = all;
}

}  // namespace tributary::table
