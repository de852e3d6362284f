#include "core/configuration/lookups.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tributary {

namespace {

using Columns = std::vector<Mapping::Column>;

/// Each with the place it is first named at.
Columns taken_from(std::string_view lookup, const SourceConfiguration& source) {
    Columns all;
    for (const auto& stream : source.streams) {
        if (!stream.mapping) continue;
        for (const auto& use : stream.mapping->lookups())
            for (const auto& column : use.takes)
                if (use.name == lookup && std::ranges::find(all, column.name, &Mapping::Column::name) == all.end())
                    all.push_back(column);
    }
    return all;
}

}  // namespace

void read_lookups(const Connector& connector, SourceSettings& settings, SourceConfiguration& source,
                  Diagnostics& diagnostics) {
    if (connector.lookup_options().empty()) return;
    const bool complete =
        std::ranges::all_of(source.streams, [](const auto& stream) { return stream.mapping != nullptr; });
    for (const auto& [name, written] : settings.settings.sections("lookups")) {
        LookupConfiguration lookup;
        lookup.name = name;
        lookup.node = settings.settings.node("lookups")->find(name);
        lookup.place = settings.settings.node("lookups")->entry(name)->key_place;
        lookup.every = written.duration("every").value_or(std::chrono::milliseconds(0)).count() * 1000;
        lookup.key = written.texts("key");
        lookup.takes = taken_from(name, source);
        if (complete && lookup.takes.empty())
            diagnostics.warning(lookup.place, fmt::format("no field looks anything up in '{}': it is not read", name));
        StreamSettings asked{.name = name, .settings = written, .columns = lookup.key, .time_zone = {}};
        for (const auto& column : lookup.takes) asked.columns.push_back(column.name);
        asked.paths = asked.columns;
        settings.lookups.push_back(std::move(asked));
        source.lookups.push_back(std::move(lookup));
    }
}

}  // namespace tributary
