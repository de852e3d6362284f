#include "core/runtime/lookups_in_use.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tributary {

std::optional<LookupHold> hold_of(const std::string& name, const Lookup::Shown& shown) {
    if (shown.error && shown.error->verdict == Verdict::stop) return LookupHold{*shown.error, shown.misfit};
    if (shown.table) return std::nullopt;
    const std::string why = shown.error ? ": " + shown.error->what : "";
    return LookupHold{{Verdict::retry, "lookup_not_loaded", fmt::format("waits for look-up '{}'{}", name, why)}};
}

bool wants_reread(const FeedRecord& record, const Position& reached,
                  const std::map<std::string, std::string>& contents) {
    return !reached.empty() && std::ranges::any_of(record.lookups, [&](const auto& known) {
        const auto now = contents.find(known.first);
        return now != contents.end() && now->second != known.second;
    });
}

LookupsInUse::LookupsInUse(const std::vector<Mapping*>& mappings, std::span<const std::unique_ptr<Lookup>> lookups) {
    for (const auto& lookup : lookups) {
        Used used;
        used.lookup = lookup.get();
        for (Mapping* const mapping : mappings) {
            const auto& all = mapping->lookups();
            const auto found = std::ranges::find(all, lookup->name(), &Mapping::Lookup::name);
            if (found == all.end()) continue;
            used.mappings.emplace_back(mapping, static_cast<std::size_t>(found - all.begin()));
            for (const auto& column : found->takes) used.columns.push_back(column.name);
        }
        std::ranges::sort(used.columns);
        const auto same = std::ranges::unique(used.columns);
        used.columns.erase(same.begin(), same.end());
        if (!used.mappings.empty()) used_.push_back(std::move(used));
    }
}

std::optional<LookupHold> LookupsInUse::refresh() {
    std::vector<Lookup::Shown> shown;
    for (const Used& used : used_) {
        shown.push_back(used.lookup->shown());
        if (auto hold = hold_of(used.lookup->name(), shown.back())) return hold;
    }
    for (std::size_t i = 0; i < used_.size(); ++i) take(used_[i], std::move(shown[i]));
    return std::nullopt;
}

void LookupsInUse::take(Used& used, Lookup::Shown shown) {
    const bool other = used.shown.table != shown.table;
    used.shown = std::move(shown);
    if (!other) return;
    contents_[used.lookup->name()] = used.shown.table->contents(used.columns);
    for (const auto& [mapping, index] : used.mappings) mapping->use(index, used.shown.table);
}

std::vector<Condition> LookupsInUse::conditions() const {
    std::vector<Condition> conditions;
    for (const Used& used : used_)
        if (used.shown.error)
            conditions.push_back(
                {"lookup_not_read", fmt::format("look-up '{}' cannot be read again, what was read before "
                                                "is used: {}",
                                                used.lookup->name(), used.shown.error->what)});
    return conditions;
}

}  // namespace tributary
