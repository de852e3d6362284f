#include <algorithm>

#include "core/runtime/pipeline.hpp"
#include "core/status/log.hpp"

namespace tributary {
namespace {

/// Polls do well meanwhile, so it is the search that fails: for want of an index, of a right, of memory. Reading all
/// rows asks for nothing but what polls do as well.
constexpr int most_failures = 3;

std::size_t count(const LookupEntries& entries) {
    std::size_t all = 0;
    for (const auto& [lookup, keys] : entries) all += keys.size();
    return all;
}

}  // namespace

/// The rows that used what changed. A search that is under way goes on with what it looks for, and another one follows:
/// entries that change faster than rows can be read would otherwise keep the last ones waiting for ever.
void Pipeline::reread_entries(LookupEntries changed) {
    FeedRecord& record = setup_.record;
    if (record.reread && record.reread->empty()) return;  // all rows are about to be read
    if (!record.entries && queue_.bytes(setup_.feed) == 0) entries_lately_.clear();
    add(changed, entries_lately_);
    const bool begun = record.entries && !record.entries->search.empty();
    if (!record.entries) record.entries.emplace();
    LookupEntries& wanted = begun ? record.entries_next : record.entries->entries;
    add(changed, wanted);
    if (!few(wanted)) return entries_as_all_rows();
    if (!few(entries_lately_)) {
        entries_lately_.clear();
        ++rereads_;  // what may have to be done once more is all rows then
    }
    if (!begun) reread_since_ = record.current_to;
    log_info("lookup", "a look-up changed: the rows that used the entries are read again, only differences go out",
             {{"source", setup_.source}, {"feed", setup_.name}, {"entries", count(changed)}});
}

/// After what was read has been dropped: how far the searches were when the last commit was made is not kept.
void Pipeline::entries_once_more() {
    FeedRecord& record = setup_.record;
    if (entries_lately_.empty()) return;
    record.entries.reset();
    record.entries_next.clear();
    setup_.status->rereading(std::nullopt);
    if (position_.empty()) return;  // a load reads them all
    record.entries = EntryReread{entries_lately_};
    reread_at_ = 0;
}

/// Where they cannot be searched for.
void Pipeline::entries_as_all_rows() {
    setup_.record.entries.reset();
    setup_.record.entries_next.clear();
    reread_for_lookups();
    log_info("lookup", "all rows are read again", {{"source", setup_.source}, {"feed", setup_.name}});
}

bool Pipeline::entries_due(std::int64_t now) const {
    return settled_ && setup_.record.entries.has_value() && reread_at_ <= now;
}

/// One page. Handed over as those of a reread are; which search it belongs to and how far that is goes into the
/// checkpoint with its rows.
Polled::Next Pipeline::search(std::stop_token stop) {
    EntryReread& under_way = *setup_.record.entries;
    const auto searches = setup_.lookups ? setup_.lookups->searches(under_way.entries) : std::vector<EntrySearch>();
    const auto next = std::ranges::lower_bound(searches, under_way.search, {}, &EntrySearch::name);
    Batch batch;
    batch.read_at = clock_();
    if (next != searches.end()) {
        if (next->name != under_way.search) under_way.at = {};
        auto step = setup_.status->enter(Step::pull, setup_.pull_limit);
        auto found = feed_->search(next->stream, next->sought, under_way.at, setup_.limits, stop);
        if (!found) return search_failed(found.error());
        batch = std::move(*found);
    }
    searches_failed_ = 0;
    advance_search(searches, static_cast<std::size_t>(next - searches.begin()), batch);
    const std::int64_t since = reread_since_;
    batch.next = position_;
    batch.more = false;
    batch.cause = Cause::reread;
    batch.scan = Scan::none;
    batch.current_to = no_time;
    map(std::move(batch), since);
    if (!hand_over()) return {clock_() + 1'000'000, true};
    return {std::min(due_, next_in_background()), false};
}

/// Behind the page of the search at this place.
void Pipeline::advance_search(const std::vector<EntrySearch>& searches, std::size_t at, const Batch& batch) {
    FeedRecord& record = setup_.record;
    EntryReread& under_way = *record.entries;
    under_way.rows += static_cast<std::int64_t>(batch.rows.size());
    const Progress progress{under_way.rows, 0};
    const std::size_t next = batch.more ? at : at + 1;
    if (next < searches.size()) {
        under_way.search = searches[next].name;
        under_way.at = batch.more ? batch.next : Position{};
        setup_.status->rereading(progress);
        return;
    }
    log_info("reread", "the rows that used the entries were read again",
             {{"source", setup_.source}, {"feed", setup_.name}, {"rows", under_way.rows}});
    record.entries.reset();
    if (!record.entries_next.empty()) {
        record.entries = EntryReread{std::exchange(record.entries_next, {})};
        reread_since_ = record.current_to;
    }
    setup_.status->rereading(record.entries ? std::optional(progress) : std::nullopt);
}

Polled::Next Pipeline::search_failed(const Error& error) {
    if (error.code == "stopped") return {clock_(), false};
    const bool gives_up = error.verdict == Verdict::stop || ++searches_failed_ >= most_failures;
    const auto say = gives_up ? log_info : log_warning;
    say("reread",
        gives_up ? "rows cannot be searched by the columns of a look-up" : "rows cannot be searched, trying later",
        {{"source", setup_.source}, {"feed", setup_.name}, {"code", error.code}, {"reason", error.what}});
    if (gives_up) {
        searches_failed_ = 0;
        entries_as_all_rows();
        setup_.status->rereading(std::nullopt);
    } else {
        reread_at_ = clock_() + backoff_.next();
    }
    return {clock_(), false};
}

}  // namespace tributary
