#include "core/runtime/journal.hpp"

#include <algorithm>
#include <array>

#include "core/status/log.hpp"

namespace tributary {

namespace {

constexpr std::size_t causes = 4;
constexpr std::size_t change_types = 4;

bool is_dead_letter(const Outgoing& message) {
    return !message.event && message.stream != nullptr && message.value && !message.headers.empty();
}

}  // namespace

void Journal::feeds(std::vector<FeedEntry> feeds, std::function<std::int64_t(StreamNo)> unresolved) {
    feeds_ = std::move(feeds);
    unresolved_ = std::move(unresolved);
    for (const FeedEntry& feed : feeds_)
        for (std::size_t i = 0; i < feed.streams.size(); ++i) stream_metrics_[feed.streams[i]] = feed.metrics[i];
}

std::map<const StreamInfo*, Journal::Counts> Journal::count(const Prepared& prepared) {
    std::map<const StreamInfo*, Counts> counts;
    std::map<const StreamInfo*, std::array<std::uint64_t, change_types * causes>> kinds;
    for (const EventView& event : prepared.events) {
        ++counts[event.stream].events;
        ++kinds[event.stream][static_cast<std::size_t>(event.type) * causes + static_cast<std::size_t>(event.cause)];
    }
    for (const auto& [stream, kind] : kinds)
        for (std::size_t i = 0; i < kind.size(); ++i)
            if (kind[i] > 0 && stream_metrics_.contains(stream))
                stream_metrics_[stream]->events(name_of(static_cast<ChangeType>(i / causes)),
                                                name_of(static_cast<Cause>(i % causes)), kind[i]);
    for (const Outgoing& message : prepared.messages)
        if (is_dead_letter(message)) ++counts[message.stream].rejects;
    return counts;
}

void Journal::committed(const Commit& commit) {
    const Prepared& prepared = *commit.prepared;
    metrics_.transaction({.outcome = CommitOutcome::committed,
                          .events = prepared.events.size(),
                          .bytes = prepared.bytes,
                          .seconds = static_cast<double>(commit.micros) / 1e6});
    const auto counts = count(prepared);
    for (const auto& [stream, count] : counts)
        if (count.rejects > 0 && stream_metrics_.contains(stream)) stream_metrics_[stream]->rejects(count.rejects);
    // the last batch of each feed says where it stands
    std::vector<bool> done(feeds_.size());
    for (std::size_t i = commit.work.size(); i-- > 0;) {
        const Work& work = *commit.work[i];
        if (done[work.feed]) continue;
        done[work.feed] = true;
        FeedEntry& feed = feeds_[work.feed];
        feed.pipeline->committed(work.batch.next);
        FeedStatus::Committed part{.events = 0,
                                   .rejects = 0,
                                   .position = work.batch.next.json,
                                   .current_to = work.batch.current_to,
                                   .unresolved = 0};
        for (const StreamInfo* stream : feed.streams) {
            part.unresolved = *part.unresolved + static_cast<std::uint64_t>(unresolved_(stream->no));
            if (auto found = counts.find(stream); found != counts.end()) {
                part.events += found->second.events;
                part.rejects += found->second.rejects;
            }
        }
        feed.status->committed(part);
    }
    if (show_)
        for (const EventView& event : prepared.events) show_(event);
    if (show_reject_ && prepared.dead_letters > 0) show_reject_(prepared.dead_letters);
    if (!prepared.messages.empty())
        log_debug("commit", "transaction committed",
                  {{"number", commit.number}, {"events", prepared.events.size()}, {"micros", commit.micros}});
    log_rejects(prepared);
}

/// Where and at which stage, of each stream the first; what a row holds is for the dead-letter topic alone.
void Journal::log_rejects(const Prepared& prepared) {
    std::map<const StreamInfo*, std::vector<const Outgoing*>> rejects;
    for (const Outgoing& message : prepared.messages)
        if (is_dead_letter(message)) rejects[message.stream].push_back(&message);
    for (const auto& [stream, letters] : rejects) {
        const auto& headers = letters.front()->headers;
        const auto header = [&](std::string_view name) {
            const auto found = std::ranges::find(headers, name, &Header::name);
            return found == headers.end() ? std::string() : std::string(found->value);
        };
        log_warning("commit", "rows were rejected, see the dead-letter topic",
                    {{"source", stream->source},
                     {"stream", stream->name},
                     {"rows", letters.size()},
                     {"stage", header("stage")},
                     {"place", header("mapping_file") + ":" + header("mapping_line")}});
    }
}

void Journal::unchanged(const Work& work) {
    if (work.batch.current_to != no_time) feeds_[work.feed].status->caught_up(work.batch.current_to);
}

void Journal::rolled_back(std::uint64_t number) {
    metrics_.transaction({.outcome = CommitOutcome::aborted});
    log_warning("commit", "a transaction was rolled back, its work goes again", {{"number", number}});
}

void Journal::outcome_unknown(std::uint64_t number, const Error& error) {
    metrics_.transaction({.outcome = CommitOutcome::unknown});
    log_warning("commit", "the outcome of a transaction is unknown, asking the checkpoints",
                {{"number", number}, {"code", error.code}, {"reason", error.what}});
}

void log_broker_failed(const Error& error) {
    log_warning("broker", "the broker cannot be used", {{"code", error.code}, {"reason", error.what}});
}

void Journal::broker_failed(const Error& error) {
    if (board_.broker_failed(error)) log_broker_failed(error);
}

void Journal::broker_answered() {
    if (board_.broker_ok()) log_info("broker", "the broker answers again");
}

void Journal::store_failed(const Error& error) {
    store_ok_ = false;
    board_.store_failed(error);
    log_error("store", "the state cache cannot be used", {{"code", error.code}, {"reason", error.what}});
}

void Journal::store_answered(std::uint64_t number) {
    board_.store_committed(number);
    if (!std::exchange(store_ok_, true)) log_info("store", "the state cache works again");
}

void Journal::refused(FeedNo feed, const Error& error, std::uint64_t generation) {
    feeds_[feed].pipeline->refused(error, generation);
    log_error("commit", "a topic does not take events, their feed waits",
              {{"source", feeds_[feed].pipeline->source()}, {"code", error.code}, {"reason", error.what}});
}

}  // namespace tributary
