// What becomes a transaction, and how it is begun.
#include <algorithm>
#include <iterator>

#include "core/runtime/committer.hpp"
#include "core/status/failpoint.hpp"

namespace tributary {

/// When what is ready goes, if it is not enough for a transaction before. After a pause it goes at once: whoever comes
/// while that is on its way is gathered.
std::int64_t Committer::gathered_at(const WorkQueue::Ready& ready) const {
    if (ready.loading) return ready.since + setup_.gather_load;
    return std::clamp(last_commit_ + setup_.gather_trickle, ready.since, ready.since + setup_.gather_trickle);
}

std::vector<std::unique_ptr<Work>> Committer::take_work(std::int64_t now) {
    if (!again_.empty()) return std::exchange(again_, {});
    const auto ready = queue_.ready();
    const bool due = ready.since != 0 && now >= gathered_at(ready);
    if (!due && ready.rows < setup_.most_events && ready.bytes < setup_.most_bytes) return {};
    return queue_.take(setup_.most_events, setup_.most_bytes);
}

void Committer::gather(std::int64_t now) {
    const bool rolled_back = !again_.empty();
    auto work = take_work(now);
    if (work.empty() && !dependents_due(now)) return;
    // what was rolled back is older than what is quiet, what comes from the queue is newer
    work.insert(rolled_back ? work.end() : work.begin(), std::move_iterator(quiet_.begin()),
                std::move_iterator(quiet_.end()));
    quiet_.clear();
    compare(std::move(work));
}

void Committer::compare(std::vector<std::unique_ptr<Work>> work) {
    std::erase_if(work, [&](const auto& part) {
        if (part->generation >= queue_.generation(part->feed)) return false;
        queue_.done(*part);
        return true;
    });
    if (work.empty() && !dependents_due(clock_())) return;
    Transaction transaction;
    transaction.work = std::move(work);
    preparation_->hold_dependents(clock_() < dependents_at_);
    if (auto prepared = preparation_->prepare(transaction.work, transaction.prepared); !prepared) {
        observer_.store_failed(prepared.error());
        again_ = std::move(transaction.work);
        behind_ = prepared.error();
        if (!flight_) catch_up_now();  // else its end decides, and then the cache is brought up to date
        return;
    }
    failpoint("commit.compared");
    if (brought_nothing(transaction))
        keep_quiet(std::move(transaction.work));
    else
        next_ = std::move(transaction);
}

/// Polls with an overlap read the same rows again and again: a transaction for each would only wear the log out.
bool Committer::brought_nothing(const Transaction& transaction) const {
    const auto& prepared = transaction.prepared;
    const bool compared = std::ranges::any_of(transaction.work, [](const auto& work) { return !work->quiet; });
    const bool can_wait = std::ranges::all_of(transaction.work, [](const auto& work) {
        const Batch& batch = work->batch;
        return work->quiet || (!work->rows.empty() && batch.cause == Cause::change && batch.scan == Scan::none);
    });
    return compared && can_wait && prepared.states.empty() && prepared.aside.empty() && prepared.entities.empty() &&
           prepared.pending.empty() && std::ranges::all_of(prepared.messages, [this](const auto& m) {
               return m.topic == setup_.topics.checkpoints;
           });
}

void Committer::keep_quiet(std::vector<std::unique_ptr<Work>> work) {
    for (auto& part : work) {
        queue_.done(*part);
        const auto of_feed = [&](const auto& other) { return other->feed == part->feed; };
        // what the transaction in flight says of the feed is not in before it is committed
        if (!part->quiet && (!flight_ || std::ranges::none_of(flight_->work, of_feed))) observer_.unchanged(*part);
        part->quiet = true;
        part->rows = {};
        part->batch.rows = {};
        part->batch.shapes = {};
        part->batch.arena = {};
        std::erase_if(quiet_, of_feed);
        quiet_.push_back(std::move(part));
    }
}

void Committer::launch(std::int64_t now) {
    flight_ = next_ ? std::move(*next_) : Transaction{};
    next_.reset();
    flight_->number = ++number_;
    flight_->began = now;
    if (auto produced = produce(*flight_); !produced) {
        on_unknown({produced.error(), produced.error().code == "fenced"});
        return;
    }
    failpoint("commit.produced");
    log_.start_commit();
    if (store_ == nullptr) return;
    if (auto stored = write(flight_->prepared, *store_); !stored) {
        observer_.store_failed(stored.error());
        store_->rollback();
        return;
    }
    flight_->stored = true;
}

Result<> Committer::produce(Transaction& transaction) {
    if (auto begun = log_.begin(); !begun) return begun;
    const CommitRecord record{transaction.number, setup_.run, setup_.host, setup_.pid, transaction.began};
    if (auto own =
            produce_own(setup_.topics.checkpoints, checkpoint::commit_key(setup_.instance), checkpoint::encode(record));
        !own)
        return own;
    if (!claimed_) {
        const ClaimRecord claim{setup_.run, setup_.host, setup_.pid, transaction.began, setup_.version};
        if (auto own = produce_own(setup_.topics.checkpoints, checkpoint::claim_key(setup_.instance),
                                   checkpoint::encode(claim));
            !own)
            return own;
        if (checkpoints_.partitions() != partitions_)
            return produce_own(setup_.topics.checkpoints, checkpoint::partitions_key(setup_.instance),
                               checkpoint::encode(partitions_));
        return {};
    }
    failpoint("commit.begun");
    std::uint64_t index = 0;
    const auto& messages = transaction.prepared.messages;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (i == messages.size() / 2) failpoint("commit.half_produced");
        Message message{messages[i].topic, messages[i].key, messages[i].value, messages[i].headers};
        if (messages[i].event) message.headers = headers_.of(messages[i].head, transaction.number, index++);
        if (auto produced = log_.produce(message); !produced) return produced;
    }
    return {};
}

Result<> Committer::produce_own(TopicNo topic, const std::string& key, const std::string& value) {
    return log_.produce({topic, key, flight_->prepared.arena.copy(value), {}});
}

}  // namespace tributary
