#include "core/runtime/start_positions.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/mapping/fingerprint.hpp"
#include "core/runtime/stream_roles.hpp"

namespace tributary {

namespace {

/// Ends the identity fingerprint of a stream whose entities are folds: several may make them.
constexpr std::string_view shared_mark = "+shared";

bool is_retired(const std::vector<std::string>& retired, const std::string& source, const std::string& stream) {
    return std::ranges::find(retired, source) != retired.end() ||
           std::ranges::find(retired, source + "/" + stream) != retired.end();
}

std::unexpected<Error> gone(const std::string& source, const std::string& stream, bool source_known) {
    if (!source_known)
        return fail(Verdict::stop, "source_gone",
                    fmt::format("source '{0}' has a checkpoint but is not configured; if it is gone on purpose, write "
                                "`retired: [{0}]`; if it was renamed, keep its ids with `space: {0}` in each stream",
                                source));
    return fail(
        Verdict::stop, "stream_gone",
        fmt::format("stream {0}/{1} has a checkpoint but is not configured; if it was renamed, give it back its "
                    "name, or run `tributary reset --remove {0}/{1}` to publish its entities' deletes first; if "
                    "it is gone and its entities are to stay, write `retired: [{0}/{1}]`",
                    source, stream));
}

/// A stream that is new and makes the ids of one that is gone would publish each of its entities a second time.
const ConfiguredFeed* heir_of(const FeedRecord::Fingerprints& prints, const std::vector<ConfiguredFeed>& feeds,
                              const std::map<std::string, FeedRecord>& checkpoints) {
    for (const auto& feed : feeds) {
        if (checkpoints.contains(feed.source + "/" + feed.name)) continue;
        for (const auto& [stream, own] : feed.streams)
            if (own.identity == prints.identity && !own.identity.ends_with(shared_mark)) return &feed;
    }
    return nullptr;
}

Result<> check_gone(const std::vector<ConfiguredFeed>& feeds, const std::map<std::string, FeedRecord>& checkpoints,
                    const std::vector<std::string>& retired) {
    for (const auto& [key, record] : checkpoints) {
        const std::string source = key.substr(0, key.find('/'));
        const auto of_source = [&](const ConfiguredFeed& feed) { return feed.source == source; };
        const bool source_known = std::ranges::any_of(feeds, of_source);
        for (const auto& [stream, prints] : record.streams) {
            const bool known = std::ranges::any_of(
                feeds, [&](const auto& feed) { return of_source(feed) && feed.streams.contains(stream); });
            if (known) continue;
            if (!is_retired(retired, source, stream)) return gone(source, stream, source_known);
            if (const ConfiguredFeed* heir = heir_of(prints, feeds, checkpoints))
                return fail(Verdict::stop, "stream_renamed",
                            fmt::format("{0}/{1} is retired, and {2}/{3} makes the same entities: they would be "
                                        "published a second time. Run `tributary reset --remove {0}/{1}` first",
                                        source, stream, heir->source, heir->name));
        }
    }
    return {};
}

/// What stands behind the mapping's own fingerprint says which rows there are, and how their records are kept.
std::string_view rows_of(const FeedRecord::Fingerprints& prints) {
    return std::string_view(prints.mapping).substr(std::min(mapping::Fingerprint::text_size, prints.mapping.size()));
}

Result<void> check_identity(const ConfiguredFeed& feed, const FeedRecord& known) {
    for (const auto& [stream, prints] : feed.streams) {
        auto before = known.streams.find(stream);
        if (before == known.streams.end() || before->second.identity == prints.identity) continue;
        return fail(
            Verdict::stop, "identity_changed",
            fmt::format("the tenant, or the key, entity, space or identity of {0}/{1}, changed: its entities would get "
                        "other ids. Put it back, or run `tributary reset --remove {0}/{1}` to publish the old ones' "
                        "deletes first",
                        feed.source, stream));
    }
    return {};
}

/// Where the feed goes on as it was read before, whatever its mappings say today.
StartPosition go_on(const ConfiguredFeed& feed, const FeedRecord& known) {
    StartPosition start{{known.position, known.first_load_cause, known.current_to, feed.streams}, {}};
    start.record.asked_at = known.asked_at;
    // a feed that was sent to its beginning reads all rows with whatever its look-ups say then
    if (!known.position.empty()) {
        start.record.lookups = known.lookups;
        start.record.reread = known.reread;
        start.record.reread_again = known.reread_again;
        start.record.entries = known.entries;
        start.record.entries_next = known.entries_next;
        start.record.republish = known.republish;
    }
    return start;
}

StartPosition from_the_beginning(const ConfiguredFeed& feed, const FeedRecord& known) {
    return {{{}, Cause::reread, known.current_to, feed.streams}, {}};
}

StartPosition with_roles(StartPosition start, const FeedRecord& known) {
    for (auto& [stream, prints] : start.record.streams)
        if (const auto before = known.streams.find(stream); before != known.streams.end())
            keep_shared(before->second.roles, prints.roles);
    return start;
}

Result<StartPosition> start_of(const ConfiguredFeed& feed, const FeedRecord* known) {
    if (known == nullptr) return StartPosition{{{}, std::nullopt, no_time, feed.streams}, {}};
    if (auto fits = check_identity(feed, *known); !fits) return std::unexpected(fits.error());
    StartPosition start = with_roles(go_on(feed, *known), *known);
    for (const auto& [stream, prints] : feed.streams) {
        auto before = known->streams.find(stream);
        if (before == known->streams.end() || before->second.mapping == prints.mapping) continue;
        const std::string name = feed.source + "/" + stream;
        if (known->position.empty() || rows_of(before->second) != rows_of(prints)) {
            start = with_roles(from_the_beginning(feed, *known), *known);
            start.note = fmt::format(
                "the definition of {} changed: it is read from the beginning, only differences go out", name);
            return start;
        }
        if (feed.forward.contains(stream)) {
            start.record.lookups.clear();  // what the mapping takes from them now is no change of theirs
            // which may search by other columns now
            if (auto& entries = start.record.entries) *entries = EntryReread{std::move(entries->entries)};
            start.note = fmt::format("the mapping of {} changed: it holds for what changes from now on", name);
        } else {
            start.record.reread = Position{};
            start.record.reread_again = false;
            start.record.entries.reset();
            start.record.entries_next.clear();
            start.note = fmt::format(
                "the mapping of {} changed: its rows are read again behind the polls, only differences go out", name);
        }
    }
    return start;
}

/// Entities that others come to add to, or that come to take something of others, are read once more, so that their
/// records are told apart.
FeedRecord::Fingerprints fingerprints(const StreamConfiguration& stream) {
    using Part = StreamConfiguration::Part;
    const bool joined = std::ranges::any_of(stream.parts, &Part::joined);
    const bool shares = std::ranges::any_of(stream.parts, [](const Part& part) { return part.shared && !part.joined; });
    return {stream.mapping->fingerprint() + stream.definition + (joined ? "+joined" : ""),
            stream.mapping->identity_fingerprint() + std::string(shares ? shared_mark : ""), roles_of(stream)};
}

}  // namespace

std::vector<ConfiguredFeed> configured_feeds(const Configuration& configuration) {
    std::vector<ConfiguredFeed> configured;
    for (const auto& source : configuration.sources)
        for (const auto& info : source.source->feeds()) {
            ConfiguredFeed& feed = configured.emplace_back(ConfiguredFeed{source.name, info.name, {}, {}});
            for (const auto& stream : source.streams) {
                if (std::ranges::find(info.streams, stream.name) == info.streams.end()) continue;
                feed.streams[stream.name] = fingerprints(stream);
                if (stream.forward) feed.forward.insert(stream.name);
            }
        }
    return configured;
}

Result<std::vector<StartPosition>> start_positions(const std::vector<ConfiguredFeed>& feeds,
                                                   const std::map<std::string, FeedRecord>& checkpoints,
                                                   const std::vector<std::string>& retired) {
    if (auto gone = check_gone(feeds, checkpoints, retired); !gone) return std::unexpected(gone.error());
    std::vector<StartPosition> starts;
    for (const auto& feed : feeds) {
        auto known = checkpoints.find(feed.source + "/" + feed.name);
        auto start = start_of(feed, known == checkpoints.end() ? nullptr : &known->second);
        if (!start) return std::unexpected(start.error());
        starts.push_back(std::move(*start));
    }
    return starts;
}

}  // namespace tributary
