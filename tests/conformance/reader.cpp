#include "tests/conformance/reader.hpp"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

#include "core/model/key_text.hpp"
#include "tests/conformance/inspection.hpp"

namespace tributary::conformance {
namespace {

/// Rounds in which nothing new comes before what is missing counts as lost (a feed that waits has waited in the first),
/// and pulls after which a feed counts as endless.
constexpr int quiet_rounds = 3;
constexpr int most_pulls = 5'000;

/// All that a pull uses, so that the thread of one that never comes back can be left behind.
struct Call {
    std::shared_ptr<Run> run;
    std::shared_ptr<Feed> feed;
    Position after;
    Feed::Limits limits;
    std::stop_source stop = {};
    std::promise<Result<Batch>> result = {};

    void make() {
        try {
            result.set_value(feed->pull(after, limits, stop.get_token()));
        } catch (...) {
            result.set_exception(std::current_exception());
        }
    }
};

template <typename Future>
bool comes_within(const Future& future, std::chrono::milliseconds patience) {
    return future.wait_for(patience) == std::future_status::ready;
}

Result<Batch> outcome(std::future<Result<Batch>> future, Trial& trial) {
    try {
        return future.get();
    } catch (const std::exception& thrown) {
        trial.breaks(Rule::exception_escaped, thrown.what());
    } catch (...) {
        trial.breaks(Rule::exception_escaped, "of an unknown type");
    }
    return fail(Verdict::stop, "exception", "a pull threw an exception");
}

}  // namespace

bool reads_pages(const Report& report) {
    return !report.has(Rule::row_lost) && !report.has(Rule::position_ahead_of_rows) && !report.has(Rule::tie_skipped);
}

std::vector<Reader> read_feeds(Trial& trial, const std::shared_ptr<Run>& run) {
    std::vector<Reader> readers;
    for (std::size_t i = 0; run && i < run->source()->feeds().size(); ++i) readers.emplace_back(trial, run, i);
    return readers;
}

bool get_all(std::vector<Reader>& readers, Rule rule, std::string_view when, const Feed::Limits& limits) {
    return !readers.empty() &&
           std::all_of(readers.begin(), readers.end(), [&](Reader& one) { return one.gets_all(rule, when, limits); });
}

Reader::Reader(Trial& trial, std::shared_ptr<Run> run, std::size_t feed)
    : trial_(&trial), run_(std::move(run)), info_(run_->source()->feeds()[feed]), feed_(run_->source()->open(feed)) {
    place_.copy.streams.resize(info_.streams.size());
    place_.copy.unseen.resize(info_.streams.size());
}

Result<Batch> Reader::pull(const Feed::Limits& limits, std::optional<std::chrono::milliseconds> patience) {
    if (failed_) return fail(Verdict::stop, "given_up", "an earlier pull never came back");
    const auto call = std::make_shared<Call>(Call{run_, feed_, place_.position, limits});
    auto future = call->result.get_future();
    std::thread thread([call] { call->make(); });
    if (!comes_within(future, patience.value_or(std::chrono::seconds(info_.waits_for_news ? 1 : 60)))) {
        call->stop.request_stop();
        failed_ = !comes_within(future, stop_limit);
    }
    if (failed_) {
        trial_->breaks(Rule::stop_ignored, "a pull goes on for " + std::to_string(stop_limit.count()) + " s and more");
        trial_->insert_together(1);
        if (!comes_within(future, stop_limit)) {
            thread.detach();
            return fail(Verdict::stop, "given_up", "the pull never came back");
        }
    }
    thread.join();
    auto batch = outcome(std::move(future), *trial_);
    if (batch) {
        inspect(*trial_, info_, *batch, limits);
    } else {
        trial_->heard(batch.error());
    }
    return batch;
}

void Reader::take(const Batch& batch) {
    Copy& copy = place_.copy;
    if (batch.scan == Scan::begin)
        for (std::size_t i = 0; i < copy.streams.size(); ++i) {
            copy.unseen[i].clear();
            for (const auto& [key, text] : copy.streams[i]) copy.unseen[i].insert(key);
        }
    for (const Row& row : batch.rows)
        if (row.stream < copy.streams.size()) apply(row);
    if (batch.scan == Scan::end)
        for (std::size_t i = 0; i < copy.streams.size(); ++i)
            for (const std::string& key : std::exchange(copy.unseen[i], {})) copy.streams[i].erase(key);
    place_.position = stored(batch.next);
    more_ = batch.more;
}

void Reader::apply(const Row& row) {
    Rows& rows = place_.copy.streams[row.stream];
    const std::string key = key_of(row);
    place_.copy.unseen[row.stream].erase(key);
    if (row.op == Op::truncate) {
        rows.clear();
    } else if (row.op == Op::remove) {
        rows.erase(key);
    } else if (const Value* const text = column(row, trial_->subject().text_column())) {
        if (text->kind != Kind::unchanged) {
            rows[key] = spelled(*text);
            return;
        }
        if (!rows.contains(key))
            trial_->breaks(Rule::unchanged_lost, "the text of a row that was never read is marked as unchanged");
    }
}

bool Reader::gets_more(const Feed::Limits& limits) {
    const auto batch = pull(limits);
    if (!batch) {
        const bool waited = info_.waits_for_news && batch.error().code == "stopped";
        if (!waited) trial_->breaks(Rule::healthy_source_fails, batch.error().code + ": " + batch.error().what);
        failed_ = failed_ || !waited;
        more_ = false;
        return false;
    }
    const auto before = place_.copy.streams;
    take(*batch);
    if (!more_ && trial_->offers("keys")) forget_unlisted();
    return before != place_.copy.streams;
}

bool Reader::gets_all(Rule rule, std::string_view when, const Feed::Limits& limits, std::vector<Place>* places) {
    int quiet = 0;
    int pulls = 0;
    bool changed = false;
    const int most_quiet = info_.waits_for_news ? 1 : quiet_rounds;
    const auto goes_on = [&] {
        if (complete() && (info_.waits_for_news || (pulls > 0 && !more_))) return false;
        return !failed_ && quiet < most_quiet && pulls < most_pulls;
    };
    for (; goes_on(); ++pulls) {
        if (places) places->push_back(place_);
        changed = gets_more(limits) || changed;
        if (more_) continue;
        quiet = std::exchange(changed, false) ? 0 : quiet + 1;
    }
    if (pulls == most_pulls)
        trial_->breaks(Rule::row_invented, std::string(when) + ": a quiet source is read for ever");
    if (failed_ || complete()) return !failed_;
    const std::string what = difference();
    trial_->breaks(what.empty() && rule != Rule::delete_lost ? Rule::row_invented : rule,
                   std::string(when) + ": " + (what.empty() ? "rows are there that the source does not have" : what));
    return false;
}

Result<Reader::Versions> Reader::listed(std::uint32_t stream) {
    constexpr std::size_t page = 3;
    Versions versions;
    std::string from;
    for (std::size_t size = page; size == page;) {
        const auto keys = feed_->keys(stream, from, page, {});
        if (!keys) return std::unexpected(keys.error());
        size = keys->size();
        for (const KeyVersion& one : *keys) {
            from.clear();
            for (const std::string& part : one.key) append_key_part(part, &part == one.key.data(), from);
            versions[from] = one.version;
        }
    }
    return versions;
}

/// What the core does for a source that tells its deletes only by the keys that are left.
void Reader::forget_unlisted() {
    for (std::uint32_t i = 0; i < info_.streams.size(); ++i) {
        const auto versions = listed(i);
        if (!versions) return trial_->breaks(Rule::offer_untrue, "keys: " + versions.error().what);
        std::erase_if(place_.copy.streams[i], [&](const auto& row) { return !versions->contains(row.first); });
    }
}

bool Reader::complete() const {
    for (std::size_t i = 0; i < info_.streams.size(); ++i)
        if (place_.copy.streams[i] != trial_->subject().rows(info_.streams[i])) return false;
    return true;
}

std::string Reader::difference() const {
    for (std::size_t i = 0; i < info_.streams.size(); ++i) {
        const Rows source = trial_->subject().rows(info_.streams[i]);
        const Rows& copy = place_.copy.streams[i];
        std::size_t missing = 0;
        std::string first;
        for (const auto& [key, text] : source) {
            const auto found = copy.find(key);
            if (found != copy.end() && found->second == text) continue;
            if (++missing == 1) first = key;
        }
        if (missing > 0)
            return std::to_string(missing) + " of " + std::to_string(source.size()) + " rows of stream " +
                   info_.streams[i] + " are missing or old, the first has the key " + first;
    }
    return {};
}

}  // namespace tributary::conformance
