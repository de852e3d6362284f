#include "core/configuration/through.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "core/model/entity.hpp"

namespace tributary {

namespace {

/// A reference of the entities of one space, by its name in documents.
using Reference = std::tuple<EntityNo, std::string, std::string>;
using Throughs = std::multimap<Reference, const Mapping::Part::Through*>;

Reference target_of(const Mapping::Part::Through& through) { return {through.entity, through.space, through.take}; }

/// Whether `wanted` is reached from `from`; every reference is looked at once.
bool reaches(const Reference& from, const Reference& wanted, const Throughs& all, std::set<Reference>& seen) {
    if (from == wanted) return true;
    if (!seen.insert(from).second) return false;
    const auto [first, last] = all.equal_range(from);
    return std::any_of(first, last,
                       [&](const auto& entry) { return reaches(target_of(*entry.second), wanted, all, seen); });
}

}  // namespace

void check_throughs(const std::vector<SourceConfiguration>& sources, Diagnostics& diagnostics) {
    Throughs all;
    std::set<std::pair<EntityNo, std::string>> made;
    for (const auto& source : sources)
        for (const auto& stream : source.streams) {
            if (!stream.mapping) return;  // what it would make is not known
            for (const Mapping::Part& part : stream.mapping->parts()) {
                if (!part.adds) made.insert({part.entity, part.space});
                for (const auto& through : part.through)
                    all.insert({{part.entity, part.space, through.field}, &through});
            }
        }
    for (const auto& [reference, through] : all) {
        const std::string& target = catalogue()[through->entity].name;
        std::set<Reference> seen;
        if (reaches(target_of(*through), reference, all, seen))
            diagnostics.error(through->place,
                              fmt::format("{} of {} in space '{}' would come through itself", std::get<2>(reference),
                                          catalogue()[std::get<0>(reference)].name, std::get<1>(reference)));
        else if (!made.contains({through->entity, through->space}))
            diagnostics.warning(through->place,
                                fmt::format("no stream makes a {} in space '{}': what comes through it stays null",
                                            target, through->space));
    }
}

}  // namespace tributary
