#include "core/runtime/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/status/failpoint.hpp"
#include "core/status/log.hpp"

namespace tributary {

Pipeline::Pipeline(Setup setup, std::unique_ptr<Feed> feed, WorkQueue& queue, Clock clock)
    : setup_(std::move(setup)),
      feed_(std::move(feed)),
      queue_(queue),
      clock_(std::move(clock)),
      backoff_(200'000, 60'000'000, setup_.seed),
      refusals_(200'000, 30'000'000, setup_.seed),
      position_(setup_.record.position),
      committed_(setup_.record.position) {
    for (const auto& stream : setup_.streams) infos_.push_back(stream.info);
    reread_since_ = setup_.record.current_to;
    if (setup_.record.reread) ++rereads_;
    if (const auto& entries = setup_.record.entries) {
        entries_lately_ = entries->entries;
        add(setup_.record.entries_next, entries_lately_);
    }
}

Pipeline::Next Pipeline::step(std::stop_token stop) {
    take_messages();
    take_request();
    if (pending_ && !hand_over()) return {clock_() + 1'000'000, true};
    if (setup_.lookups)
        if (const auto waiting = wait_for_lookups()) return *waiting;
    if (source_came_back()) due_ = clock_();
    if (const std::int64_t now = clock_(); now < due_ || chunk_next_) {
        chunk_next_ = false;
        if (entries_due(now)) return search(stop);
        if (reread_due(now)) return reread(stop);
        if (Comparison* const comparison = comparison_due(now)) return compare(*comparison, stop);
        if (now < due_)
            return failed_at_ != no_time ? until_source_is_back() : Next{std::min(due_, next_in_background()), false};
    }
    if (!checked_)
        if (auto checked = check(stop); !checked) return unanswered(checked.error());
    if (std::exchange(parked_, false)) {
        failed_ = true;
        setup_.status->resumed();
        log_info("pull", "what parked the feed is mended", {{"source", setup_.source}, {"feed", setup_.name}});
    }
    if (auto pulled = pull(stop); !pulled) return unanswered(pulled.error());
    answered();
    if (pending_ && !hand_over()) return {clock_() + 1'000'000, true};
    return {std::min(due_, next_in_background()), false};
}

/// What the commit loop said since the last step.
void Pipeline::take_messages() {
    std::optional<Position> committed;
    std::optional<Error> error;
    {
        const std::lock_guard lock(mutex_);
        if (std::exchange(news_, false)) committed = committed_;
        error = std::exchange(sent_back_, std::nullopt);
        if (error) {
            position_ = committed_;
            generation_ = sent_back_to_;
        }
    }
    // without the lock: a connector may take its time, and the commit loop must not wait for it
    if (committed && !committed->empty()) feed_->committed(*committed);
    if (committed) accepted();
    if (!error) return;
    pending_.reset();
    no_room_.reset();
    settled_ = false;
    if (rereads_ > 0)
        reread_once_more();
    else
        entries_once_more();
    // what was dropped may have been what somebody asked for: if so, the word is still there
    setup_.record.asked_at = 0;
    for (const Stream& stream : setup_.streams)
        if (stream.comparison) stream.comparison->abandon();
    refused_ = true;
    due_ = clock_() + refusals_.next();
    setup_.status->parked(*error, due_);
}

void Pipeline::accepted() {
    refusals_.reset();
    if (!std::exchange(refused_, false)) return;
    setup_.status->resumed();
    setup_.status->restarted();
}

Pipeline::Next Pipeline::unanswered(const Error& error) {
    if (error.code == "stopped") return {clock_(), false};
    return error.verdict == Verdict::stop ? parked(error) : failed(error);
}

void Pipeline::answered() {
    const bool was_away = backoff_.tries() > 0;
    backoff_.reset();
    failed_at_ = no_time;
    if (!std::exchange(failed_, false)) return;
    if (setup_.came_back) setup_.came_back->store(clock_(), std::memory_order_relaxed);
    setup_.status->restarted();
    if (was_away) log_info("pull", "the source answers again", {{"source", setup_.source}, {"feed", setup_.name}});
}

/// Another feed of the source, which had failed as well, got an answer since: this one need not sit its pause out.
bool Pipeline::source_came_back() const {
    return failed_at_ != no_time && setup_.came_back->load(std::memory_order_relaxed) > failed_at_;
}

Pipeline::Next Pipeline::until_source_is_back() const {
    constexpr std::int64_t look_again = 1'000'000;
    return {std::min({due_, next_in_background(), clock_() + look_again}), false};
}

Pipeline::Next Pipeline::failed(const Error& error) {
    failed_ = true;
    due_ = clock_() + backoff_.next(error.retry_after);
    failed_at_ = setup_.came_back && error.retry_after == 0 ? clock_() : no_time;
    settled_ = false;
    setup_.status->failed(error, due_);
    if (setup_.metrics != nullptr) setup_.metrics->pull_failed(error.code);
    log_warning("pull", "the source failed, trying again",
                {{"source", setup_.source}, {"feed", setup_.name}, {"code", error.code}, {"reason", error.what}});
    return {due_, false};
}

/// Waiting cannot mend it, a human can; we look again by ourselves when they have.
Pipeline::Next Pipeline::parked(const Error& error) {
    due_ = clock_() + setup_.park_retry;
    checked_ = false;
    settled_ = false;
    parked_ = true;
    setup_.status->parked(error, due_);
    if (setup_.metrics != nullptr) setup_.metrics->pull_failed(error.code);
    log_error("pull",
              refuses_to_start() ? "the stream does not fit its source" : "the feed is parked until this is mended",
              {{"source", setup_.source}, {"feed", setup_.name}, {"code", error.code}, {"reason", error.what}});
    return {due_, false};
}

Result<> Pipeline::check(std::stop_token stop) {
    auto step = setup_.status->enter(Step::check, setup_.pull_limit);
    std::string errors;
    for (std::uint32_t i = 0; i < setup_.streams.size(); ++i) {
        const Stream& stream = setup_.streams[i];
        auto findings = feed_->check(i, stream.columns, stop);
        if (!findings) return std::unexpected(findings.error());
        for (const Finding& finding : *findings) {
            const std::string place = stream.mapping->place_of(finding.column);
            const std::string line = fmt::format("{}{}{}", place, place.empty() ? "" : ": ", finding.message);
            if (finding.severity == Severity::error)
                errors += (errors.empty() ? "" : "; ") + line;
            else
                log_warning("check", finding.message,
                            {{"source", setup_.source}, {"stream", stream.info->name}, {"place", place}});
        }
    }
    checked_ = errors.empty();
    if (checked_) return {};
    if (position_.empty()) {
        const std::lock_guard lock(mutex_);
        refusal_ = errors;
    }
    return fail(Verdict::stop, "definition_does_not_fit", errors);
}

bool Pipeline::wants_scan() const {
    return std::ranges::any_of(
        setup_.streams, [](const Stream& stream) { return stream.comparison && stream.comparison->wants_scan(); });
}

Result<> Pipeline::pull(std::stop_token stop) {
    const std::int64_t began = clock_();
    // one that was just opened cannot leave a read out because nothing has changed since its last one
    if (settled_ && setup_.reopen && wants_scan()) feed_ = setup_.reopen();
    Result<Batch> batch = [&] {
        auto step = setup_.status->enter(Step::pull, setup_.pull_limit);
        // no comparison and no reread runs beside a load
        Feed::Limits limits = setup_.limits;
        limits.ahead = true;
        return feed_->pull(position_, limits, stop);
    }();
    if (!batch) return std::unexpected(batch.error());
    failpoint("pull.after_read");
    const std::int64_t now = clock_();
    if (setup_.metrics != nullptr)
        setup_.metrics->pulled(static_cast<double>(now - began) / 1e6, static_cast<double>(batch->waited) / 1e6);
    if (batch->next.json.size() > Position::most_bytes)
        return fail(Verdict::stop, "position_too_large",
                    fmt::format("the connector's position has {} bytes, at most {} are kept", batch->next.json.size(),
                                Position::most_bytes));
    const bool loading = batch->cause == Cause::load;
    if (loading && setup_.record.first_load_cause) batch->cause = *setup_.record.first_load_cause;
    // rows that were polled before may come again, as other look-ups make them
    const bool rereading = (setup_.record.reread || setup_.record.entries) && batch->cause == Cause::change;
    if (rereading) batch->cause = Cause::reread;
    const std::int64_t live_since = rereading                       ? reread_since_
                                    : batch->cause == Cause::reread ? setup_.record.current_to
                                                                    : no_time;
    if (!batch->more && batch->current_to != no_time) setup_.record.current_to = batch->current_to;
    setup_.status->pulled({.rows = batch->rows.size(),
                           .phase = loading ? FeedPhase::load : FeedPhase::poll,
                           .progress = batch->progress,
                           .conditions = batch->conditions});
    due_ = batch->more ? now : began + setup_.every;
    const bool moved = batch->next != position_;
    position_ = batch->next;
    settled_ = !batch->more && !loading;
    if (settled_) ++polls_;
    chunk_next_ = settled_;
    if (batch->rows.empty()) {
        if (queue_.bytes(setup_.feed) == 0 && batch->current_to != no_time) setup_.status->caught_up(batch->current_to);
        // an idle table moves its position at every poll; committing each of them would only wear the log out
        if (!moved || (now - last_handed_over_ < setup_.idle_commit && !loading && batch->scan == Scan::none))
            return {};
    }
    const bool resent = resend(batch->scan);
    map(std::move(*batch), live_since);
    pending_->republish = resent;
    return {};
}

/// Its position stands for everything that was handed over before it, and for itself.
std::unique_ptr<Work> Pipeline::new_work(Batch batch) {
    auto work = std::make_unique<Work>();
    work->feed = setup_.feed;
    // not the queue's own: what was pulled before a rewind must not pass for pulled after it
    work->generation = generation_;
    work->streams = infos_;
    work->checkpoint_key = setup_.checkpoint_key;
    setup_.record.position = batch.next;
    work->checkpoint = checkpoint::encode(setup_.record);
    work->batch = std::move(batch);
    return work;
}

void Pipeline::map(Batch batch, std::int64_t live_since) {
    auto work = new_work(std::move(batch));
    work->live_since = live_since;
    work->rows.reserve(work->batch.rows.size());
    auto step = setup_.status->enter(Step::map, setup_.pull_limit);
    for (const Row& row : work->batch.rows)
        work->rows.push_back(setup_.streams[row.stream].mapping->map(row, work->batch.arena));
    compare_full_read(*work);
    if (infos_.size() == 1 && setup_.streams[0].metrics != nullptr) {
        setup_.streams[0].metrics->rows_read(work->rows.size());
    } else {
        for (std::uint32_t i = 0; i < infos_.size(); ++i) {
            const auto rows = std::ranges::count(work->batch.rows, i, &Row::stream);
            if (setup_.streams[i].metrics != nullptr && rows > 0)
                setup_.streams[i].metrics->rows_read(static_cast<std::uint64_t>(rows));
        }
    }
    failpoint("pull.after_map");
    pending_ = std::move(work);
}

bool Pipeline::hand_over() {
    const std::int64_t now = clock_();
    if (!queue_.offer(pending_, now)) {
        if (!no_room_) no_room_.emplace(setup_.status->enter(Step::wait_for_room, 0));
        return false;
    }
    if (no_room_) setup_.status->found_room();
    no_room_.reset();
    last_handed_over_ = now;
    return true;
}

void Pipeline::committed(const Position& position) {
    const std::lock_guard lock(mutex_);
    committed_ = position;
    news_ = true;
}

void Pipeline::refused(const Error& error, std::uint64_t generation) {
    const std::lock_guard lock(mutex_);
    sent_back_ = error;
    sent_back_to_ = generation;
}

std::optional<std::string> Pipeline::refuses_to_start() const {
    const std::lock_guard lock(mutex_);
    return refusal_;
}

}  // namespace tributary
