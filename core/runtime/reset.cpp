#include "core/runtime/reset.hpp"

#include <algorithm>
#include <set>

namespace tributary {

namespace {

constexpr std::size_t keys_per_batch = 2'000;

/// "source/stream" apart; names hold no slash.
std::pair<std::string_view, std::string_view> apart(std::string_view name) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    return {name.substr(0, slash), name.substr(std::min(slash + 1, name.size()))};
}

}  // namespace

std::vector<std::string> known_streams(const Configuration& configuration,
                                       const std::map<std::string, FeedRecord>& checkpoints,
                                       const std::vector<std::string>& stored) {
    std::set<std::string> names(stored.begin(), stored.end());
    for (const auto& source : configuration.sources)
        for (const auto& stream : source.streams) names.insert(source.name + "/" + stream.name);
    for (const auto& [key, record] : checkpoints)
        for (const auto& [stream, prints] : record.streams) names.insert(std::string(apart(key).first) + "/" + stream);
    return {names.begin(), names.end()};
}

ResetPlan plan_reset(std::string_view name, const std::vector<std::string>& known,
                     const std::map<std::string, FeedRecord>& checkpoints) {
    ResetPlan plan;
    for (const std::string& stream : known)
        if (stream == name || apart(stream).first == name || stream.starts_with(std::string(name) + "#"))
            plan.streams.push_back(stream);
    for (const auto& [key, record] : checkpoints) {
        const auto [source, feed] = apart(key);
        const bool carries = std::ranges::any_of(record.streams, [&, source = source](const auto& stream) {
            const std::string full = std::string(source) + "/" + stream.first;
            return std::ranges::find(plan.streams, full) != plan.streams.end();
        });
        if (carries) plan.feeds.push_back({std::string(source), std::string(feed), record});
    }
    return plan;
}

void ResetObserver::committed(const Commit& commit) { events_ += commit.prepared->events.size(); }

Result<> Reset::rewind(const ResetPlan& plan) {
    for (const auto& feed : plan.feeds) {
        FeedRecord record = feed.record;
        record.position = {};
        record.first_load_cause = Cause::reread;
        if (auto done = publish_position(feed, record); !done) return done;
    }
    return {};
}

/// The positions go back first: cut short, the daemon reads again what it would otherwise never look at.
Result<> Reset::remove(const ResetPlan& plan) {
    if (auto done = rewind(plan); !done) return done;
    for (const std::string& stream : plan.streams)
        if (auto done = remove_stream(stream); !done) return done;
    for (const auto& feed : plan.feeds) {
        FeedRecord record = feed.record;
        record.position = {};
        record.first_load_cause = Cause::reread;
        record.current_to = no_time;  // what is made again is no news
        std::erase_if(record.streams, [&](const auto& stream) {
            return std::ranges::find(plan.streams, feed.source + "/" + stream.first) != plan.streams.end();
        });
        if (auto done = publish_position(feed, record); !done) return done;
    }
    return {};
}

Result<> Reset::remove_stream(const std::string& stream) {
    const auto& known = session_.store().streams();
    const auto number = known.find(stream);
    if (number == known.end()) return {};
    const auto [source, name] = apart(stream);
    StreamInfo alone = stream_info(configuration_.tenant, source, name);
    alone.no = number->second;
    StreamInfo shared = alone;
    shared.shared = true;
    if (const auto role = session_.roles().find(stream); role != session_.roles().end())
        shared.adds = role->second.adds;
    for (const auto list : {&Store::keys_after, &Store::aside_keys_after}) {
        std::string last;
        for (;;) {
            auto keys = (session_.store().*list)(alone.no, last, keys_per_batch);
            if (!keys) return std::unexpected(keys.error());
            if (keys->empty()) break;
            last = keys->back();
            auto work = removal(alone, shared, *keys);
            if (!work) return std::unexpected(work.error());
            if (auto done = publish(std::move(*work)); !done) return done;
        }
    }
    return settle();  // the infos live no longer than this
}

/// Whether a state is a member of a fold is asked of the cache: the configuration may have changed since it was made.
Result<std::unique_ptr<Work>> Reset::removal(const StreamInfo& alone, const StreamInfo& shared,
                                             const std::vector<std::string>& keys) {
    auto work = std::make_unique<Work>();
    work->streams = {&alone, &shared};
    work->batch.cause = Cause::reread;
    work->batch.read_at = clock_();
    work->batch.rows.resize(keys.size());
    Arena scratch;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto state = session_.store().find(alone.no, keys[i], scratch);
        if (!state) return std::unexpected(state.error());
        Row& row = work->batch.rows[i];
        row.op = Op::remove;
        if (*state) {
            auto members = session_.store().members((*state)->entity, (*state)->id, scratch);
            if (!members) return std::unexpected(members.error());
            row.stream = std::ranges::any_of(
                *members, [&](const Member& member) { return member.stream == alone.no && member.key == keys[i]; });
        }
        work->rows.push_back({&row, work->batch.arena.copy(keys[i]), {}, nullptr});
    }
    return work;
}

/// A transaction of its own: of several works of one feed only the last one's position counts.
Result<> Reset::publish_position(const ResetPlan::Feed& feed, const FeedRecord& record) {
    auto work = std::make_unique<Work>();
    work->batch.read_at = clock_();
    work->checkpoint_key = checkpoint::feed_key(configuration_.instance, feed.source, feed.name);
    if (!record.streams.empty()) work->checkpoint = checkpoint::encode(record);
    if (auto done = publish(std::move(work)); !done) return done;
    return settle();
}

Result<> Reset::publish(std::unique_ptr<Work> work) {
    while (!session_.queue().offer(work, clock_()))
        if (!session_.step_until([&] { return session_.queue().has_room(0) || observer_.refusal(); })) return stopped();
    return refused();
}

Result<> Reset::settle() {
    if (!session_.step_until([&] { return session_.queue().bytes() == 0 || observer_.refusal(); })) return stopped();
    return refused();
}

Result<> Reset::refused() const {
    if (const auto& error = observer_.refusal()) return std::unexpected(*error);
    return {};
}

Result<> Reset::stopped() const {
    if (const auto ended = session_.ended()) return fail(Verdict::stop, "ended", ended->reason);
    if (const auto& trouble = observer_.trouble()) return std::unexpected(*trouble);
    return fail(Verdict::stop, "stopped", "stopped before it was done");
}

}  // namespace tributary
