#include <algorithm>

#include "core/runtime/pipeline.hpp"
#include "core/status/log.hpp"

namespace tributary {

/// What an operator asks for is done when its reread has ended and is committed: until then the word stays where it is,
/// so that a process that ends in between does not lose it.
void Pipeline::take_request() {
    const std::int64_t now = clock_();
    if (setup_.resets == nullptr || now < asked_next_) return;
    asked_next_ = now + 1'000'000;
    for (const StreamInfo* const info : infos_) {
        const std::string name = setup_.source + "/" + info->name;
        const auto request = setup_.resets->asked(name);
        if (!request) continue;
        const bool taken = request->asked_at == setup_.record.asked_at;
        const bool loading = position_.empty();  // which sends everything anyway
        if (taken || loading) {
            const bool over = !setup_.record.reread && !setup_.record.republish && queue_.bytes(setup_.feed) == 0;
            if (over) setup_.resets->done(name);
            continue;
        }
        setup_.record.asked_at = request->asked_at;
        setup_.record.republish = setup_.record.republish || request->republish;
        begin_reread();
        log_info("reread",
                 request->republish ? "asked for: every row is sent again" : "asked for: all rows are read again",
                 {{"source", setup_.source}, {"stream", info->name}});
    }
}

/// Of a stream that is read as a whole each time, the next complete read sends every row.
bool Pipeline::resend(Scan mark) {
    if (!setup_.record.republish || setup_.record.reread) return false;
    if (mark == Scan::begin) resending_ = true;
    if (mark == Scan::end && std::exchange(resending_, false)) {
        setup_.record.republish = false;
        return true;
    }
    return resending_;
}

void Pipeline::begin_reread() {
    setup_.record.reread = Position{};
    setup_.record.reread_again = false;
    setup_.record.entries.reset();
    setup_.record.entries_next.clear();
    reread_feed_.reset();
    reread_at_ = 0;
    reread_since_ = setup_.record.current_to;
    ++rereads_;
}

/// What a reread that is under way has done was done with other look-ups. It goes on all the same and another one
/// follows: look-ups that change faster than all rows can be read would otherwise keep the last rows waiting for ever.
void Pipeline::reread_for_lookups() {
    if (setup_.record.reread && !setup_.record.reread->empty())
        setup_.record.reread_again = true;
    else
        begin_reread();
}

/// After what was read has been dropped. How much of a reread was committed before is not kept; a load does it all.
void Pipeline::reread_once_more() {
    begin_reread();
    if (!position_.empty()) return;
    setup_.record.reread.reset();
    setup_.status->rereading(std::nullopt);
}

bool Pipeline::reread_due(std::int64_t now) const {
    return settled_ && setup_.record.reread.has_value() && reread_at_ <= now;
}

/// One page through a feed of its own, so that the polls' position stays where it is. What it read is handed over
/// behind everything that was pulled before, and before whatever is pulled next. Its place goes into the checkpoint
/// with its rows, so a restart goes on there.
Polled::Next Pipeline::reread(std::stop_token stop) {
    if (!reread_feed_) reread_feed_ = setup_.reopen();
    auto batch = [&] {
        auto step = setup_.status->enter(Step::pull, setup_.pull_limit);
        return reread_feed_->pull(*setup_.record.reread, setup_.limits, stop);
    }();
    if (!batch) {
        reread_feed_.reset();
        if (batch.error().code != "stopped") {
            reread_at_ = clock_() + backoff_.next(batch.error().retry_after);
            log_warning("reread", "rows cannot be read again, trying later",
                        {{"source", setup_.source},
                         {"feed", setup_.name},
                         {"code", batch.error().code},
                         {"reason", batch.error().what}});
        }
        return {clock_(), false};
    }
    const bool loading = batch->cause == Cause::load;
    const bool more = loading && batch->more;
    // after the load comes what the polls read as well
    if (!loading) batch->rows.clear();
    const std::int64_t since = reread_since_;
    const bool republish = setup_.record.republish;
    // what is read as a whole each time has no load to go through: its next read does it
    const bool read_whole = !loading && setup_.record.reread->empty();
    if (!more && !read_whole) setup_.record.republish = false;
    if (more)
        setup_.record.reread = batch->next;
    else if (setup_.record.reread_again)
        begin_reread();
    else
        setup_.record.reread.reset();
    batch->next = position_;
    batch->cause = republish ? Cause::repair : Cause::reread;
    batch->scan = Scan::none;
    batch->current_to = no_time;
    setup_.status->rereading(setup_.record.reread ? std::optional(batch->progress) : std::nullopt);
    map(std::move(*batch), since);
    pending_->republish = republish;
    if (!more) {
        reread_feed_.reset();
        log_info("reread", "all rows were read again", {{"source", setup_.source}, {"feed", setup_.name}});
    }
    if (!hand_over()) return {clock_() + 1'000'000, true};
    return {std::min(due_, next_in_background()), false};
}

}  // namespace tributary
