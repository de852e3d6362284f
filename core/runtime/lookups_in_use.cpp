#include "core/runtime/lookups_in_use.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/model/key_text.hpp"

namespace tributary {
namespace {

/// They stand in the feed's checkpoint until their rows are read, and each is in a statement.
constexpr std::size_t most_entries = 500;
constexpr std::size_t most_entry_bytes = 16 * 1024;

}  // namespace

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

void add(const LookupEntries& from, LookupEntries& to) {
    for (const auto& [lookup, keys] : from) to[lookup].insert(keys.begin(), keys.end());
}

bool few(const LookupEntries& entries) {
    std::size_t count = 0, bytes = 0;
    for (const auto& [lookup, keys] : entries) {
        count += keys.size();
        for (const auto& key : keys)
            for (const std::string& part : key) bytes += part.size();
    }
    return count <= most_entries && bytes <= most_entry_bytes;
}

LookupsInUse::LookupsInUse(const std::vector<Stream>& streams, std::span<const std::unique_ptr<Lookup>> lookups) {
    for (const auto& lookup : lookups) {
        Used used;
        used.lookup = lookup.get();
        for (std::uint32_t i = 0; i < streams.size(); ++i) {
            const auto& all = streams[i].mapping->lookups();
            const auto found = std::ranges::find(all, lookup->name(), &Mapping::Lookup::name);
            if (found == all.end()) continue;
            used.by.push_back({i, streams[i].name, streams[i].mapping, static_cast<std::size_t>(found - all.begin())});
            for (const auto& column : found->takes) used.columns.push_back(column.name);
        }
        std::ranges::sort(used.columns);
        const auto same = std::ranges::unique(used.columns);
        used.columns.erase(same.begin(), same.end());
        if (!used.by.empty()) used_.push_back(std::move(used));
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
    used.before.reset();
    const bool other = used.shown.table != shown.table;
    if (other) used.before = used.shown.table;
    used.shown = std::move(shown);
    if (!other) return;
    std::string& contents = contents_[used.lookup->name()];
    used.contents_before = std::exchange(contents, used.shown.table->contents(used.columns));
    for (const auto& by : used.by) by.mapping->use(by.index, used.shown.table);
}

std::optional<LookupEntries> LookupsInUse::changed(const std::map<std::string, std::string>& known) const {
    LookupEntries entries;
    for (const Used& used : used_) {
        const std::string& name = used.lookup->name();
        const auto before = known.find(name);
        if (before == known.end() || before->second == contents_.at(name)) continue;
        if (used.before == nullptr || used.contents_before != before->second) return std::nullopt;
        const auto keys = changed(used);
        if (!keys) return std::nullopt;
        entries[name].insert(keys->begin(), keys->end());
    }
    if (!few(entries)) return std::nullopt;
    return entries;
}

std::optional<std::vector<LookupTable::Key>> LookupsInUse::changed(const Used& used) {
    if (std::ranges::any_of(used.by, [](const auto& by) { return by.use().computed; })) return std::nullopt;
    const LookupTable& now = *used.shown.table;
    const std::size_t half = std::max(now.size(), used.before->size()) / 2;
    return now.differences(*used.before, used.columns, std::min(half, most_entries));
}

std::vector<EntrySearch> LookupsInUse::searches(const LookupEntries& entries) const {
    std::vector<EntrySearch> all;
    for (const Used& used : used_) {
        const auto found = entries.find(used.lookup->name());
        if (found == entries.end()) continue;
        for (const auto& by : used.by)
            for (const auto& from : by.use().from)
                all.push_back({fmt::format("{}/{}/{}", by.name, found->first, joined_key(from)),
                               by.stream,
                               {from, {found->second.begin(), found->second.end()}}});
    }
    std::ranges::sort(all, {}, &EntrySearch::name);
    return all;
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
