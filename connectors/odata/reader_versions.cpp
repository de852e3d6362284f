#include <utility>

#include "connectors/odata/reader.hpp"
#include "core/model/key_text.hpp"

namespace tributary::odata {

constexpr std::size_t most_listed = 5'000;  ///< Keys with their versions, in one request.
constexpr std::size_t most_listed_bytes = std::size_t{64} << 20;

Result<table::Page> ODataReader::page(const walk::PageRequest& request, const Feed::Limits& limits, Arena& arena,
                                      std::stop_token stop) {
    const bool plain = request.keyless || limits.rows == 0 || !request.keys.empty() || !request.sought.empty();
    if (!versions_ || plain) return ApiReader::page(request, limits, arena, std::move(stop));
    if (!request.after.empty())
        memory_.go_on(request.after);
    else if (request.from)
        memory_.begin_round(*request.from);
    else
        memory_.begin_load();
    // where nothing is known, pages are quicker than a listing and then rows by their keys
    const bool listed = request.from && !memory_.knows_nothing();
    auto page = listed ? changed_page(request, limits, arena, std::move(stop))
                       : ApiReader::page({.after = request.after}, limits, arena, std::move(stop));
    if (page) remember(*page);
    return page;
}

void ODataReader::remember(const table::Page& page) {
    const std::size_t key_size = selection().key_size;
    const std::size_t version = *selection().watermark;
    for (const Value* const row : page.rows)
        memory_.saw(walk::marks_of({row, key_size}), walk::mark_of(row[version]).text);
    if (!page.rows.empty()) memory_.page_ended(walk::marks_of({page.rows.back(), key_size}));
}

/// Rows whose version is another than the one they were read in. Those that are gone when they are asked for do not
/// come.
Result<table::Page> ODataReader::changed_page(const walk::PageRequest& request, const Feed::Limits& limits,
                                              Arena& arena, std::stop_token stop) {
    std::vector<walk::Mark> after = request.after;
    for (;;) {
        std::vector<std::vector<std::string>> changed;
        const auto more = list_changed(after, std::min(limits.rows, most_rows()), changed, stop);
        if (!more) return std::unexpected(more.error());
        if (changed.empty()) return table::Page{};
        auto page = ApiReader::page({.keys = std::move(changed)}, limits, arena, stop);
        if (!page) return page;
        page->full = page->full || *more;
        if (!page->rows.empty() || !page->full) return page;
    }
}

/// Lists on behind `after` until there are `most` changed keys, or the list ends. True: it goes on behind `after`.
Result<bool> ODataReader::list_changed(std::vector<walk::Mark>& after, std::size_t most,
                                       std::vector<std::vector<std::string>>& changed, std::stop_token stop) {
    const std::size_t key_size = selection().key_size;
    const std::size_t version = *selection().watermark;
    for (;;) {
        Arena arena;
        const std::size_t pages = std::exchange(most_rows_, most_listed);
        listing_ = true;
        auto listed = ApiReader::keys({.after = after}, {.rows = most_listed, .bytes = most_listed_bytes}, arena, stop);
        listing_ = false;
        most_rows_ = pages;
        if (!listed) return std::unexpected(listed.error());
        for (const Value* const row : listed->rows) {
            if (changed.size() >= most) return true;
            after = walk::marks_of({row, key_size});
            const std::string token = walk::mark_of(row[version]).text;
            memory_.saw(after, token);
            if (memory_.knows(after, token)) continue;
            std::vector<std::string> key;
            for (std::size_t i = 0; i < key_size; ++i) key.emplace_back(key_text(row[i], arena).text);
            changed.push_back(std::move(key));
        }
        if (!listed->full || listed->rows.empty()) return false;
    }
}

}  // namespace tributary::odata
