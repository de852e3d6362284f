#include <algorithm>

#include "connectors/kit/table/feed.hpp"
#include "core/model/key_text.hpp"
#include "core/model/time.hpp"

namespace tributary::table {
namespace {

/// Room for a page of keys; rows asked for by key are never cut by their size.
constexpr std::size_t no_limit = std::size_t{1} << 40;

/// Room for the keys of the children in one page: who has many takes several pages.
constexpr std::size_t most_child_bytes = std::size_t{8} << 20;

}  // namespace

Result<std::vector<KeyVersion>> TableFeed::keys(std::uint32_t, std::string_view from, std::size_t most,
                                                std::stop_token stop) {
    const Visit visit(*reader_);
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    if (from.empty()) listing_ = {};
    if (from != listing_.last)
        return fail(Verdict::retry, "listing_lost", "keys are listed from the first one on, without gaps");
    std::vector<KeyVersion> keys;
    // Rows whose key is none (a binary float, text that is not UTF-8) are rejects: they are passed over. A page never
    // ends with an empty key, which would read as the start of another listing.
    const auto wants_more = [&] { return keys.size() < most || joined_key(keys.back().key).empty(); };
    for (bool full = true; full && wants_more();) {
        Arena arena;
        const walk::PageRequest request{.after = listing_.after};
        const Limits limits{.rows = std::max(most, keys.size() + 1) - keys.size(), .bytes = no_limit};
        const auto page = list_page(request, limits, arena, stop);
        if (!page) return std::unexpected(page.error());
        full = page->full && !page->rows.empty();
        if (auto listed = list(*page, keys); !listed) return std::unexpected(listed.error());
    }
    if (!keys.empty()) listing_.last = joined_key(keys.back().key);
    return keys;
}

/// Of children only what tells their versions.
Result<Page> TableFeed::list_page(const walk::PageRequest& request, const Limits& limits, Arena& arena,
                                  std::stop_token stop) {
    if (!reader_->selection().watermark || definition_.includes.empty())
        return reader_->keys(request, limits, arena, std::move(stop));
    const auto read = [&]() -> Result<Page> {
        auto page = reader_->keys(request, limits, arena, stop);
        for (std::size_t i = 0; page && !page->rows.empty() && i < definition_.includes.size(); ++i)
            if (auto listed = read_children(i, *page, arena.bytes() + most_child_bytes, true, arena, stop); !listed)
                return std::unexpected(listed.error());
        return page;
    };
    return in_snapshot(read, stop);
}

Result<void> TableFeed::list(const Page& page, std::vector<KeyVersion>& keys) {
    const Selection& selection = reader_->selection();
    const std::size_t size = selection.key_size;
    Arena arena;
    for (std::size_t at = 0; at < page.rows.size(); ++at) {
        const Value* const row = page.rows[at];
        KeyVersion key;
        for (std::size_t i = 0; i < size; ++i) {
            const KeyText text = key_text(row[i], arena);
            if (text.why == NoKey::naive)
                return fail(Verdict::stop, "key_without_zone",
                            "the key of " + definition_.what() +
                                " holds a timestamp without a zone: its rows cannot be compared by key");
            if (!text) break;
            key.key.emplace_back(text.text);
        }
        if (selection.watermark) key.version = position_of(page, at, arena);
        if (key.key.size() == size) keys.push_back(std::move(key));
    }
    if (!page.rows.empty()) listing_.after = walk::marks_of({page.rows.back(), size});
    return {};
}

Result<Batch> TableFeed::fetch(std::uint32_t, std::span<const std::vector<std::string>> keys, std::stop_token stop) {
    Batch batch;
    batch.read_at = wall_clock_now();
    batch.cause = Cause::repair;
    if (keys.empty()) return batch;
    const Visit visit(*reader_);
    if (auto opened = reader_->open(stop); !opened) return std::unexpected(opened.error());
    const std::size_t size = reader_->selection().key_size;
    if (std::ranges::any_of(keys, [&](const auto& key) { return key.size() != size; }))
        return fail(Verdict::stop, "bad_key", "a key of " + definition_.what() + " has another number of columns");
    walk::PageRequest request;
    request.keys.assign(keys.begin(), keys.end());
    // several rows can share a canonical text (42 and '42' in SQLite), a few more than keys may come
    const Limits limits{.rows = 4 * keys.size() + 16, .bytes = no_limit};
    const auto page = fetch_page(request, limits, batch, std::move(stop));
    if (!page) return std::unexpected(page.error());
    if (page->full)
        return fail(Verdict::retry, "key_not_unique", "the key of " + definition_.what() + " names many rows each");
    batch.shapes.push_back(reader_->selection().shape);
    add_rows(*page, batch);
    return batch;
}

Result<Page> TableFeed::fetch_page(const walk::PageRequest& request, const Limits& limits, Batch& batch,
                                   std::stop_token stop) {
    if (definition_.includes.empty()) return reader_->page(request, limits, batch.arena, std::move(stop));
    const auto read = [&]() -> Result<Page> {
        auto page = reader_->page(request, limits, batch.arena, stop);
        // without a limit no parent is cut off: one that is there and does not come would pass for deleted
        for (std::size_t i = 0; page && !page->rows.empty() && i < definition_.includes.size(); ++i)
            if (auto added = add_children(i, *page, limits, batch, stop); !added) return std::unexpected(added.error());
        return page;
    };
    return in_snapshot(read, stop);
}

}  // namespace tributary::table
