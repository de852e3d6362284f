#include "connectors/kit/table/source.hpp"

#include <utility>

#include "connectors/kit/table/feed.hpp"

namespace tributary::table {

TableSource::TableSource(std::vector<Definition> definitions, ReaderFactory reader, walk::WalkRules rules)
    : definitions_(std::move(definitions)), reader_(std::move(reader)), rules_(rules) {
    for (const Definition& definition : definitions_)
        feeds_.push_back({.name = definition.stream, .streams = {definition.stream}});
}

std::unique_ptr<Feed> TableSource::open(std::size_t feed) {
    const Definition& definition = definitions_.at(feed);
    return std::make_unique<TableFeed>(definition, reader_(definition), rules_);
}

std::unique_ptr<Source> make_source(const SourceSettings& settings, ReaderFactory reader, walk::WalkRules rules,
                                    Diagnostics& diagnostics) {
    Diagnostics own;
    std::vector<Definition> definitions;
    for (const StreamSettings& stream : settings.streams) definitions.push_back(define(stream, own));
    for (const Diagnostic& one : own.sorted())
        one.severity == Severity::error ? diagnostics.error(one.place, one.message)
                                        : diagnostics.warning(one.place, one.message);
    if (own.has_errors()) return nullptr;
    return std::make_unique<TableSource>(std::move(definitions), std::move(reader), rules);
}

}  // namespace tributary::table
