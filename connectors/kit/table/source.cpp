#include "connectors/kit/table/source.hpp"

#include <algorithm>
#include <utility>

#include "connectors/kit/table/feed.hpp"

namespace tributary::table {

/// Each may hold a page in memory.
constexpr std::size_t most_lanes = 2;

TableSource::TableSource(std::vector<Definition> streams, std::vector<Definition> lookups, Access access)
    : streams_(std::move(streams)), lookups_(std::move(lookups)), access_(std::move(access)) {
    for (const Definition& definition : streams_)
        feeds_.push_back({.name = definition.stream, .streams = {definition.stream}});
}

std::unique_ptr<Feed> TableSource::open(std::size_t feed) {
    const Definition& definition = streams_.at(feed);
    auto opened = open(definition, Turn::waits);
    std::vector<std::unique_ptr<TableFeed>> lanes;
    for (std::size_t i = 0; i < std::min(access_.spare, most_lanes); ++i)
        lanes.push_back(open(definition, Turn::spare));
    opened->read_ahead_through(std::move(lanes));
    if (access_.around) return access_.around(definition, std::move(opened));
    return opened;
}

/// A table without a watermark is read whole.
std::unique_ptr<Feed> TableSource::open_lookup(std::size_t lookup) { return open(lookups_.at(lookup), Turn::waits); }

std::unique_ptr<TableFeed> TableSource::open(const Definition& definition, Turn turn) const {
    return std::make_unique<TableFeed>(definition, access_.reader(definition, turn), access_.rules);
}

/// While some of them map what they have read, others read.
std::size_t TableSource::at_a_time() const { return std::max(access_.connections, Source::at_a_time()); }

std::unique_ptr<Source> make_source(const SourceSettings& settings, Access access, Diagnostics& diagnostics,
                                    const Terms& terms) {
    Diagnostics own;
    std::vector<Definition> streams;
    std::vector<Definition> lookups;
    for (const StreamSettings& stream : settings.streams) streams.push_back(define(stream, own, terms));
    for (const StreamSettings& lookup : settings.lookups) lookups.push_back(define_lookup(lookup, own, terms));
    diagnostics.add(own);
    if (own.has_errors()) return nullptr;
    return std::make_unique<TableSource>(std::move(streams), std::move(lookups), std::move(access));
}

}  // namespace tributary::table
