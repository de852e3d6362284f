#include "core/runtime/start_positions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tributary {

namespace {

Result<> check_gone(const std::vector<ConfiguredFeed>& feeds, const std::map<std::string, FeedRecord>& checkpoints,
                    const std::vector<std::string>& retired) {
    for (const auto& [key, record] : checkpoints) {
        const std::string source = key.substr(0, key.find('/'));
        const bool known = std::ranges::any_of(feeds, [&](const auto& feed) { return feed.source == source; });
        if (known || std::ranges::find(retired, source) != retired.end()) continue;
        return fail(Verdict::stop, "source_gone",
                    fmt::format("source '{0}' has a checkpoint but is not configured; if it is gone on purpose, write "
                                "`retired: [{0}]`; if it was renamed, keep its ids with `space: {0}` in each stream",
                                source));
    }
    return {};
}

Result<StartPosition> start_of(const ConfiguredFeed& feed, const FeedRecord* known) {
    StartPosition start{{{}, std::nullopt, feed.streams}, {}};
    if (known == nullptr) return start;
    for (const auto& [stream, prints] : feed.streams) {
        auto before = known->streams.find(stream);
        if (before == known->streams.end() || before->second.identity == prints.identity) continue;
        return fail(
            Verdict::stop, "identity_changed",
            fmt::format("the key, entity, space or identity of {0}/{1} changed: its entities would get other ids. "
                        "Run `tributary reset --remove {0}/{1}` to publish the old ones' deletes first",
                        feed.source, stream));
    }
    start.record.position = known->position;
    start.record.first_load_cause = known->first_load_cause;
    for (const auto& [stream, prints] : feed.streams) {
        auto before = known->streams.find(stream);
        if (before == known->streams.end() || before->second.mapping == prints.mapping) continue;
        start.record.position = {};
        start.record.first_load_cause = Cause::reread;
        start.note =
            fmt::format("the mapping of {}/{} changed: it is read again, only differences go out", feed.source, stream);
    }
    return start;
}

}  // namespace

std::vector<ConfiguredFeed> configured_feeds(const Configuration& configuration) {
    std::vector<ConfiguredFeed> configured;
    for (const auto& source : configuration.sources)
        for (const auto& info : source.source->feeds()) {
            ConfiguredFeed& feed = configured.emplace_back(ConfiguredFeed{source.name, info.name, {}});
            for (const auto& stream : source.streams)
                if (std::ranges::find(info.streams, stream.name) != info.streams.end())
                    feed.streams[stream.name] = {stream.mapping->fingerprint(), stream.mapping->identity_fingerprint()};
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
