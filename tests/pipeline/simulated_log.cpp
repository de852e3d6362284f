#include "tests/pipeline/simulated_log.hpp"

#include <algorithm>

namespace tributary::simulation {

namespace {

const Error away{Verdict::retry, "broker_away", "the simulated broker is away"};
const Error fenced{Verdict::retry, "fenced", "another producer has the transactional id"};

}  // namespace

Result<> SimulatedLog::begin() {
    faults_.step("begin");
    unsent_.clear();
    refused_.reset();
    fenced_ = false;
    if (!epoch_) return std::unexpected(away);
    return {};
}

Result<> SimulatedLog::produce(const Message& message) {
    faults_.step("produce");
    if (faults_.due(faults_.produce_fails_in, "produce failed")) return std::unexpected(fenced_ ? fenced : away);
    Entry entry;
    entry.key = message.key;
    if (message.value) entry.value = std::string(*message.value);
    for (const Header& header : message.headers) entry.headers[header.name] = header.value;
    unsent_.emplace_back(message.topic, std::move(entry));
    if (random_.percent(50)) flush();
    return {};
}

/// Sends what the client holds back, as far as the broker takes it.
void SimulatedLog::flush() {
    std::erase_if(unsent_, [&](auto& message) {
        const auto taken = broker_.append(*epoch_, message.first, message.second);
        if (taken == Broker::Taken::refused) refused_ = message.first;
        if (taken == Broker::Taken::fenced) fenced_ = true;
        return taken != Broker::Taken::away;
    });
}

void SimulatedLog::start(Doing what) {
    doing_ = what;
    effect_at_ = clock_() + random_.between(100, 30'000);
    answer_at_ = effect_at_ + random_.between(0, 20'000);
}

void SimulatedLog::start_commit() {
    faults_.step("start_commit");
    start(Doing::commit);
}

void SimulatedLog::start_rollback() { start(Doing::rollback); }
void SimulatedLog::start_recovery() {
    faults_.step("start_recovery");
    start(Doing::recovery);
}
void SimulatedLog::start_reading() { start(Doing::reading); }

std::int64_t SimulatedLog::next_at() const {
    if (doing_ == Doing::nothing) return INT64_MAX;
    return answer_ ? answer_at_ : effect_at_;
}

void SimulatedLog::tick() {
    if (doing_ == Doing::nothing || answer_ || clock_() < effect_at_) return;
    switch (doing_) {
        case Doing::commit:
            answer_ = commit();
            break;
        case Doing::rollback:
            answer_ = rollback();
            break;
        case Doing::recovery:
            answer_ = recover();
            break;
        case Doing::reading:
            if (broker_.away)
                answer_ = StillAway{away};
            else
                answer_ = CheckpointsRead{read()};
            break;
        case Doing::nothing:
            break;
    }
}

Answer SimulatedLog::commit() {
    const auto fault = std::exchange(faults_.next_commit, Faults::Commit::none);
    if (fault == Faults::Commit::lost_before) {
        ++faults_.happened["commit outcome unknown, not committed"];
        return OutcomeUnknown{away, false};
    }
    flush();
    if (fenced_) return OutcomeUnknown{fenced, true};
    if (refused_) {
        ++faults_.happened["topic refused"];
        return TopicRefused{*refused_, {Verdict::retry, "topic_refused", "the simulated topic is refused"}};
    }
    const auto taken = broker_.end(*epoch_, true, clock_());
    if (taken == Broker::Taken::away) return OutcomeUnknown{away, false};
    if (taken == Broker::Taken::fenced) return OutcomeUnknown{fenced, true};
    if (fault == Faults::Commit::lost_after) {
        ++faults_.happened["commit outcome unknown, committed"];
        return OutcomeUnknown{away, std::exchange(faults_.next_commit_fenced, false)};
    }
    return Committed{offsets()};
}

std::vector<OffsetHint> SimulatedLog::offsets() const {
    std::map<std::pair<TopicNo, int>, std::int64_t> ends;
    for (const Place& place : broker_.commits().back().messages)
        ends[{place.topic, place.partition}] = static_cast<std::int64_t>(place.offset) + 1;
    std::vector<OffsetHint> hints;
    for (const auto& [where, end] : ends) hints.push_back({broker_.topics().name(where.first), where.second, end});
    return hints;
}

Answer SimulatedLog::rollback() {
    if (faults_.due(faults_.rollback_fails_in, "rollback failed")) return OutcomeUnknown{away, false};
    const auto taken = broker_.end(*epoch_, false, clock_());
    if (taken == Broker::Taken::yes) return RolledBack{};
    return OutcomeUnknown{taken == Broker::Taken::fenced ? fenced : away, taken == Broker::Taken::fenced};
}

Answer SimulatedLog::recover() {
    epoch_.reset();
    if (broker_.away) return StillAway{away};
    epoch_ = broker_.init();
    return Recovered{read(), broker_.partition_counts()};
}

Checkpoints SimulatedLog::read() const {
    Checkpoints checkpoints(instance_);
    for (const Entry& entry : broker_.log(broker_.topics().checkpoints(), 0)) {
        if (entry.mark) continue;
        checkpoints.add_any(entry.key, entry.value);
        if (broker_.is_committed(entry)) (void)checkpoints.add_committed(entry.key, entry.value);
    }
    return checkpoints;
}

std::optional<Answer> SimulatedLog::answer() {
    if (!answer_ || clock_() < answer_at_) return std::nullopt;
    faults_.step("answer");
    doing_ = Doing::nothing;
    return std::exchange(answer_, std::nullopt);
}

void SimulatedLog::dropped() {
    if (doing_ != Doing::commit || answer_ || random_.percent(50)) return;
    ++faults_.happened["committed after the process died"];
    flush();
    if (!fenced_ && !refused_) (void)broker_.end(*epoch_, true, clock_());
}

}  // namespace tributary::simulation
