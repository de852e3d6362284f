#include "connectors/odata/delta_feed.hpp"

#include <algorithm>
#include <utility>

#include "core/model/key_text.hpp"
#include "core/model/time.hpp"

namespace tributary::odata {
namespace {

/// As many keys as a comparison asks for at a time.
constexpr std::size_t most_fetched = 250;

/// A service that gives links and then does not take them would be read for ever.
constexpr std::size_t most_retreats = 2;

}  // namespace

DeltaFeed::DeltaFeed(std::unique_ptr<Feed> rows, std::shared_ptr<Services> services,
                     const table::Definition& definition, std::size_t page)
    : FeedAround(std::move(rows)), links_(std::move(services), definition, page), what_(definition.table) {}

Result<Batch> DeltaFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    auto position = continued(after);
    if (!position) return std::unexpected(position.error());
    if (!known_to_be_there_) {
        // what is wrong with set, columns and rights is told as for any other stream
        if (auto first = rows().keys(0, {}, 1, stop); !first) return std::unexpected(first.error());
        known_to_be_there_ = true;
    }
    if (position->drained) return ended(std::move(*position));
    if (!page_)
        if (auto read = read_page(*position, stop); !read) return std::unexpected(read.error());
    const bool loading = position->reads_all();
    const bool begins = loading && position->rows == 0 && position->link.empty();
    const std::span all(page_->told.keys);
    const auto keys = all.subspan(page_->taken).first(std::min({limits.rows, most_fetched, all.size() - page_->taken}));
    auto batch = rows_of(keys, !loading, std::move(stop));
    if (!batch) return batch;
    page_->taken += keys.size();
    position->rows += loading ? static_cast<std::int64_t>(keys.size()) : 0;
    ++position->turn;
    if (loading) batch->scan = begins ? Scan::begin : Scan::page;
    batch->cause = loading && !position->again ? Cause::load : Cause::change;
    if (loading) batch->progress.rows = position->rows;
    const bool done = page_->taken == all.size();
    const std::int64_t clock = page_->told.clock;
    if (done) {
        auto next = behind(std::move(*position));
        if (!next) return std::unexpected(next.error());
        position = std::move(next);
        batch->more = position->drained || position->link != position->since;
        if (!batch->more && !loading) retreats_ = 0;
        page_.reset();
    } else {
        batch->more = true;
    }
    if (!batch->more) batch->current_to = clock;
    if (ended_) batch->conditions.push_back(*ended_);
    auto next = write_delta_position(*position);
    if (!next) return std::unexpected(next.error());
    batch->next = std::move(*next);
    reached_ = batch->next;
    return batch;
}

/// A reading of everything that compares is told from its beginning or not at all: one that another process began, or
/// that was not applied, starts over. A first one goes on.
Result<DeltaPosition> DeltaFeed::continued(const Position& after) {
    auto position = read_delta_position(after);
    if (!position || after == reached_) return position;
    page_.reset();
    const bool told_of = position->again && (position->drained || position->reads_all());
    if (told_of) *position = {.again = true, .turn = position->turn};
    return position;
}

Result<void> DeltaFeed::read_page(DeltaPosition& position, std::stop_token stop) {
    auto told = links_.read(position.link, stop);
    while (!told && retreat(told.error(), position)) told = links_.read(position.link, stop);
    if (!told) return std::unexpected(told.error());
    page_ = {.told = std::move(*told)};
    return {};
}

/// Where to go on when the service does not know a link any longer. False: nowhere.
bool DeltaFeed::retreat(const Error& error, DeltaPosition& position) {
    const bool unknown = error.code == "not_found" || error.code == "bad_request";
    if (!unknown || position.link.empty() || retreats_ == most_retreats) return false;
    ++retreats_;
    if (!position.reads_all() && position.link != position.since && retreats_ == 1) {
        position.link = position.since;
        return true;
    }
    const bool again = position.again || !position.reads_all();
    if (again)
        ended_ = {"delta_link_ended", "the service does not take its delta link for " + what_ +
                                          " any longer: everything is read again (" + error.what + ")"};
    position = {.again = again, .turn = position.turn};
    return true;
}

/// The rows of these keys; those that are not there are gone.
Result<Batch> DeltaFeed::rows_of(std::span<const std::vector<std::string>> keys, bool removing, std::stop_token stop) {
    auto batch = rows().fetch(0, keys, std::move(stop));
    if (!batch || !removing) return batch;
    auto settled = keys_in(*batch);
    for (const auto& key : keys)
        if (settled.insert(joined_key(key)).second) add_gone(key, no_time, *batch);
    return batch;
}

/// Behind the page that was read.
Result<DeltaPosition> DeltaFeed::behind(DeltaPosition position) const {
    const Told& told = page_->told;
    if (!told.next.empty()) {
        if (told.next == position.link)
            return fail(Verdict::retry, "paging_stuck", "the next page of " + what_ + " is the same again");
        position.link = told.next;
        return position;
    }
    if (told.delta.empty()) return fail(Verdict::stop, "no_delta_link", untracked(what_));
    position.drained = position.reads_all();
    position.link = position.since = told.delta;
    return position;
}

/// Whatever a reading of everything did not show is gone.
Result<Batch> DeltaFeed::ended(DeltaPosition position) {
    Batch batch;
    batch.read_at = wall_clock_now();
    batch.scan = Scan::end;
    batch.cause = position.again ? Cause::change : Cause::load;
    batch.progress.rows = position.rows;
    batch.more = true;  // what came meanwhile
    ended_.reset();
    position = {.link = position.link, .since = position.since, .turn = position.turn + 1};
    auto next = write_delta_position(position);
    if (!next) return std::unexpected(next.error());
    batch.next = std::move(*next);
    reached_ = batch.next;
    return batch;
}

Result<std::vector<Finding>> DeltaFeed::check(std::uint32_t stream, std::span<const std::string> columns,
                                              std::stop_token stop) {
    auto found = rows().check(stream, columns, stop);
    const auto wrong = [](const Finding& finding) { return finding.severity == Severity::error; };
    if (!found || std::ranges::any_of(*found, wrong)) return found;
    auto more = links_.check(std::move(stop));
    if (!more) return more;
    std::ranges::move(*more, std::back_inserter(*found));
    return found;
}

}  // namespace tributary::odata
