#include "core/comparison/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "core/model/key_text.hpp"

namespace tributary {

namespace {

constexpr std::string_view comparison_failed = "comparison_failed";

}  // namespace

Comparison::Comparison(Setup setup, KnownKeys& known, const ComparisonNotes& notes)
    : setup_(std::move(setup)), known_(known), notes_(notes), seen_(setup_.most_seen) {
    if (setup_.sweep_every > 0) {
        const auto last = notes_.last_sweep(setup_.name);
        sweep_at_ = last ? *last + setup_.sweep_every : 0;
    }
    if (!setup_.deletes) compare_at_ = INT64_MAX;
}

std::int64_t Comparison::next() const { return full_reads_ ? INT64_MAX : std::min(compare_at_, sweep_at_); }

std::int64_t Comparison::due() const {
    if (phase_ != Phase::idle) return wake_;
    return held_ && !full_reads_ ? std::min(next(), wake_) : next();
}

Result<Comparison::Outcome> Comparison::step(Feed& feed, const Moment& moment, std::stop_token stop) {
    if (phase_ == Phase::idle && starts(moment.now)) start(moment.now);
    if (phase_ == Phase::idle) return Outcome{.rows = {}, .removed = {}, .at = due(), .finished = {}};
    wake_ = moment.now;
    auto outcome = run(feed, moment, std::move(stop));
    if (outcome) {
        outcome->at = due();
        outcome->finished = std::exchange(finished_, std::nullopt);
    } else if (outcome.error().code != "cache_busy" && outcome.error().code != "stopped") {
        fail_at(moment.now, outcome.error());
    }
    return outcome;
}

void Comparison::fail_at(std::int64_t now, const Error& error) {
    abandon();
    const std::int64_t again = now + std::max(setup_.retry_after, error.retry_after);
    if (setup_.deletes) compare_at_ = std::max(compare_at_, again);
    if (setup_.sweep_every > 0) sweep_at_ = std::max(sweep_at_, again);
    wake_ = again;
    // what is held is still held
    std::erase_if(conditions_, [](const Condition& one) { return one.code == comparison_failed; });
    conditions_.push_back({std::string(comparison_failed),
                           fmt::format("the keys of {} cannot be compared: {}", setup_.name, error.what)});
}

/// The operator's word ends the waiting, whenever it comes.
bool Comparison::starts(std::int64_t now) {
    if (now >= next()) return true;
    if (!held_ || full_reads_ || now < wake_) return false;
    wake_ = now + setup_.confirm_check;
    return notes_.confirmed(setup_.name).has_value();
}

void Comparison::start(std::int64_t now) {
    kind_ = now >= sweep_at_ ? Kind::sweep : Kind::compare;
    phase_ = Phase::list;
    started_at_ = now;
    all_listed_ = 0;
    fetched_ = 0;
    count_ = {};
    news_.clear();
    listed_to_.clear();
    seen_.begin(0, setup_.seed + ++rounds_);
}

Result<Comparison::Outcome> Comparison::run(Feed& feed, const Moment& moment, std::stop_token stop) {
    switch (phase_) {
        case Phase::idle:
            break;
        case Phase::list:
            return list(feed, moment, std::move(stop));
        case Phase::count:
            return count(feed, moment, std::move(stop));
        case Phase::remove:
            return remove(feed, moment, std::move(stop));
        case Phase::settle:
            return settle(moment);
        case Phase::repair:
            return repair(feed, moment, std::move(stop));
    }
    return Outcome{};
}

Result<Comparison::Outcome> Comparison::list(Feed& feed, const Moment& moment, std::stop_token stop) {
    const bool rows = kind_ == Kind::sweep && seen_.part() == 0;
    Outcome outcome;
    if (listed_.empty() && !last_page_) {
        const std::size_t most = rows ? setup_.fetched_page : setup_.listed_page;
        auto page = feed.keys(setup_.stream, listed_to_, most, stop);
        if (!page) return std::unexpected(page.error());
        last_page_ = page->size() < most;
        for (const KeyVersion& key : *page) listed_.push_back({joined_key(key.key), row_version(key.version)});
        if (rows && !page->empty()) {
            std::vector<std::vector<std::string>> keys;
            for (KeyVersion& key : *page) keys.push_back(std::move(key.key));
            auto batch = feed.fetch(setup_.stream, keys, std::move(stop));
            if (!batch) return std::unexpected(batch.error());
            outcome.rows = std::move(*batch);
        }
    }
    if (auto noted = note(listed_); !noted) return std::unexpected(noted.error());
    if (!listed_.empty()) listed_to_ = std::move(listed_.back().key);
    listed_.clear();
    if (last_page_ && !setup_.deletes)
        finish_part(moment);
    else if (last_page_)
        begin_count();
    return outcome;
}

Result<> Comparison::note(const std::vector<ListedKey>& keys) {
    // a sweep fetches every row anyway
    if (kind_ == Kind::compare && seen_.part() == 0 && !keys.empty() && news_.size() < setup_.most_news) {
        auto news = known_.news(setup_.nos, keys);
        if (!news) return std::unexpected(news.error());
        std::ranges::move(*news, std::back_inserter(news_));
    }
    for (const ListedKey& listed : keys) seen_.add(listed.key);
    count_.listed += static_cast<std::int64_t>(keys.size());
    if (seen_.part() == 0) all_listed_ = count_.listed;
    return {};
}

void Comparison::begin_known(Phase phase) {
    phase_ = phase;
    known_from_ = {};
    known_end_ = false;
    candidates_.clear();
    listed_to_.clear();
    last_page_ = false;
}

void Comparison::begin_count() {
    seen_.close();
    begin_known(Phase::count);
}

/// Fills `candidates_` from the next page of the cache's keys.
Result<> Comparison::next_known() {
    auto page = known_.keys(setup_.nos, known_from_, setup_.known_page);
    if (!page) return std::unexpected(page.error());
    known_from_ = std::move(page->next);
    known_end_ = page->end;
    for (std::string& key : page->keys) {
        if (!seen_.ours(key)) continue;
        if (phase_ == Phase::count) ++count_.known;
        if (!seen_.contains(key)) candidates_.push_back(std::move(key));
    }
    return {};
}

/// Of the next candidates, those that are not there when they are asked for by key.
Result<std::vector<std::string>> Comparison::gone(Feed& feed, std::stop_token stop) {
    const std::size_t size = std::min(setup_.fetched_page, candidates_.size());
    std::vector<std::string> asked(candidates_.end() - static_cast<std::ptrdiff_t>(size), candidates_.end());
    std::vector<std::vector<std::string>> keys;
    keys.reserve(asked.size());
    for (const std::string& key : asked) keys.push_back(key_parts(key));
    const auto batch = feed.fetch(setup_.stream, keys, std::move(stop));
    // a feed that only knows full reads: what one of them did not show is all it can say
    if (!batch && batch.error().code != "not_offered") return std::unexpected(batch.error());
    candidates_.resize(candidates_.size() - size);
    if (!batch) return asked;
    std::unordered_set<std::string> there;
    for (const Row& row : batch->rows) there.insert(setup_.key_of(row));
    std::erase_if(asked, [&](const std::string& key) { return there.contains(key); });
    return asked;
}

Result<Comparison::Outcome> Comparison::count(Feed& feed, const Moment& moment, std::stop_token stop) {
    if (!candidates_.empty()) {
        const auto missing = gone(feed, std::move(stop));
        if (!missing) return std::unexpected(missing.error());
        count_.missing += static_cast<std::int64_t>(missing->size());
    } else if (!known_end_) {
        if (auto read = next_known(); !read) return std::unexpected(read.error());
        // nothing at all was listed: asking for each of millions of keys would tell no more
        if (count_.listed == 0) count_.missing += static_cast<std::int64_t>(std::exchange(candidates_, {}).size());
    } else {
        counted(moment);
    }
    return Outcome{};
}

void Comparison::counted(const Moment& moment) {
    const DeleteVerdict verdict = judge(setup_.policy, count_, notes_.confirmed(setup_.name));
    if (verdict != DeleteVerdict::allowed)
        hold(verdict, moment);
    else if (count_.missing == 0)
        finish_part(moment);
    else
        begin_known(Phase::remove);
}

void Comparison::hold(DeleteVerdict verdict, const Moment& moment) {
    // of a stream in parts the others will look like this one
    const auto parts = static_cast<std::int64_t>(kind_ == Kind::scan ? 1 : seen_.parts());
    const ComparisonNotes::Held held{count_.removed + count_.missing * parts, count_.known * parts};
    const std::string what = verdict == DeleteVerdict::empty_answer
                                 ? fmt::format("{} names no row at all, {} are known", setup_.name, held.known)
                                 : fmt::format("{} of {} known rows of {} are gone, more than `deletes` lets through",
                                               held.missing, held.known, setup_.name);
    conditions_ = {{"deletes_held", fmt::format("{}: nothing is deleted until they are back or `tributary deletes "
                                                "confirm {}` lets it through",
                                                what, setup_.name)}};
    if (auto noted = notes_.hold(setup_.name, held); !noted)
        conditions_.push_back({"deletes_not_noted", noted.error().what});
    held_ = true;
    finish_deletes(moment);
}

Result<Comparison::Outcome> Comparison::remove(Feed& feed, const Moment& moment, std::stop_token stop) {
    Outcome outcome;
    if (!candidates_.empty()) {
        auto missing = gone(feed, std::move(stop));
        if (!missing) return std::unexpected(missing.error());
        outcome.removed = std::move(*missing);
        count_.removed += static_cast<std::int64_t>(outcome.removed.size());
    } else if (!known_end_) {
        if (auto read = next_known(); !read) return std::unexpected(read.error());
    } else {
        finish_part(moment);
    }
    return outcome;
}

void Comparison::finish_part(const Moment& moment) {
    const std::size_t next_part = seen_.part() + 1;
    if (kind_ != Kind::scan && setup_.deletes && next_part < seen_.parts()) {
        begin_known(Phase::list);
        count_ = {.known = 0, .listed = 0, .missing = 0, .removed = count_.removed};
        seen_.begin(next_part, setup_.seed + rounds_);
        return;
    }
    let_through(moment.now);
    finish_deletes(moment);
}

void Comparison::let_through(std::int64_t now) {
    conditions_.clear();
    held_ = false;
    if (kind_ == Kind::scan || setup_.deletes) notes_.settle(setup_.name);
    if (kind_ != Kind::sweep) return;
    if (auto noted = notes_.swept(setup_.name, now); !noted)
        conditions_.push_back({"sweep_not_noted", noted.error().what});
}

void Comparison::finish_deletes(const Moment& moment) {
    if (news_.empty()) return finish(moment.now);
    phase_ = Phase::settle;
    settled_at_ = moment.polls + 2;  // the first may have begun before the listing ended
}

/// A row that was inserted or changed a moment ago is news as well: it goes out through the polls, with its own cause.
Result<Comparison::Outcome> Comparison::settle(const Moment& moment) {
    if (moment.polls < settled_at_ || !moment.committed) {
        wake_ = moment.now + setup_.settle_check;
        return Outcome{};
    }
    // page by page: one question for all of them would hold the cache's owner up longer than anybody waits
    std::vector<ListedKey> still;
    for (auto from = news_.begin(); from != news_.end();) {
        const auto size = std::min<std::ptrdiff_t>(news_.end() - from, static_cast<std::ptrdiff_t>(setup_.listed_page));
        auto page = known_.news(setup_.nos, {from, from + size});
        if (!page) return std::unexpected(page.error());
        std::ranges::move(*page, std::back_inserter(still));
        from += size;
    }
    news_ = std::move(still);
    phase_ = Phase::repair;
    return Outcome{};
}

Result<Comparison::Outcome> Comparison::repair(Feed& feed, const Moment& moment, std::stop_token stop) {
    Outcome outcome;
    const std::size_t size = std::min(setup_.fetched_page, news_.size());
    if (size == 0) {
        finish(moment.now);
        return outcome;
    }
    std::vector<std::vector<std::string>> keys;
    for (std::size_t i = news_.size() - size; i < news_.size(); ++i) keys.push_back(key_parts(news_[i].key));
    auto batch = feed.fetch(setup_.stream, keys, std::move(stop));
    if (!batch) return std::unexpected(batch.error());
    outcome.rows = std::move(*batch);
    fetched_ += static_cast<std::int64_t>(size);
    news_.resize(news_.size() - size);
    return outcome;
}

void Comparison::finish(std::int64_t now) {
    if (kind_ != Kind::scan)
        finished_ = Finished{kind_ == Kind::sweep, all_listed_, count_.removed, fetched_, now - started_at_};
    if (kind_ == Kind::sweep) sweep_at_ = now + setup_.sweep_every;
    if (setup_.deletes) compare_at_ = now + setup_.policy.every;
    go_idle();
    wake_ = now + setup_.confirm_check;
}

/// A read fills one part of the keys, and a source that does not change would never fill the others. The word of an
/// operator is for what a read finds.
bool Comparison::wants_scan() const {
    if (!full_reads_ || phase_ != Phase::idle || scanning_) return false;
    return untold_ || seen_.parts() > 1 || (held_ && notes_.confirmed(setup_.name));
}

void Comparison::abandon() {
    untold_ = untold_ || full_reads_;
    go_idle();
}

void Comparison::go_idle() {
    phase_ = Phase::idle;
    scanning_ = false;
    news_.clear();
    listed_.clear();
    begin_known(Phase::idle);
    seen_.begin(0, setup_.seed);
}

void Comparison::scan(Scan mark) {
    if (mark == Scan::none) return;
    full_reads_ = true;
    if (mark == Scan::begin && phase_ != Phase::idle) {
        untold_ = true;
    } else if (mark == Scan::begin) {
        kind_ = Kind::scan;
        scanning_ = true;
        untold_ = false;
        count_ = {};
        ++rounds_;
        seen_.begin(rounds_ % seen_.parts(), setup_.seed + rounds_);
    } else if (mark == Scan::end && scanning_) {
        scanning_ = false;
        begin_count();
        wake_ = 0;
    }
}

void Comparison::saw(std::string_view key) {
    if (key.empty()) return;
    ++count_.listed;
    seen_.add(key);
}

}  // namespace tributary
