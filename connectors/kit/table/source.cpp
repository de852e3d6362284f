#include "connectors/kit/table/source.hpp"

#include <utility>

#include "connectors/kit/table/feed.hpp"

namespace tributary::table {

TableSource::TableSource(std::vector<Definition> streams, std::vector<Definition> lookups, ReaderFactory reader,
                         walk::WalkRules rules)
    : streams_(std::move(streams)), lookups_(std::move(lookups)), reader_(std::move(reader)), rules_(rules) {
    for (const Definition& definition : streams_)
        feeds_.push_back({.name = definition.stream, .streams = {definition.stream}});
}

std::unique_ptr<Feed> TableSource::open(std::size_t feed) { return open(streams_.at(feed)); }

/// A table without a watermark is read whole.
std::unique_ptr<Feed> TableSource::open_lookup(std::size_t lookup) { return open(lookups_.at(lookup)); }

std::unique_ptr<Feed> TableSource::open(const Definition& definition) const {
    return std::make_unique<TableFeed>(definition, reader_(definition), rules_);
}

std::unique_ptr<Source> make_source(const SourceSettings& settings, ReaderFactory reader, walk::WalkRules rules,
                                    Diagnostics& diagnostics, const Terms& terms) {
    Diagnostics own;
    std::vector<Definition> streams;
    std::vector<Definition> lookups;
    for (const StreamSettings& stream : settings.streams) streams.push_back(define(stream, own, terms));
    for (const StreamSettings& lookup : settings.lookups) lookups.push_back(define_lookup(lookup, own, terms));
    diagnostics.add(own);
    if (own.has_errors()) return nullptr;
    return std::make_unique<TableSource>(std::move(streams), std::move(lookups), std::move(reader), rules);
}

}  // namespace tributary::table
