#include "tests/pipeline/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/change/slices.hpp"
#include "core/publish/checkpoint.hpp"
#include "core/publish/pending_message.hpp"
#include "core/publish/restore.hpp"

namespace tributary::simulation {

std::string member(std::string_view json, std::string_view name) {
    Slice slice;
    for (Slices members(json); members.next(slice);)
        if (slice.name == name) return std::string(slice.value);
    return {};
}

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::size_t Ledger::stream_of(std::string_view source, std::string_view name) const {
    const auto& all = world_.scenario->streams();
    const auto found = std::ranges::find_if(all, [&](const auto& s) { return s.source == source && s.name == name; });
    return static_cast<std::size_t>(found - all.begin());
}

/// Of a message key, `source/stream/key`.
Ledger::RowName Ledger::row_name(std::string_view key) const {
    const auto first = key.find('/');
    const auto name_end = key.find('/', first + 1);
    return {stream_of(key.substr(0, first), key.substr(first + 1, name_end - first - 1)),
            std::string(key.substr(name_end + 1))};
}

bool Ledger::is_rejected(const RowName& name) const {
    const auto letters = letters_.find(name);
    return letters != letters_.end() && !letters->second.back().hash.empty();
}

void Ledger::read() {
    const TopicTable& topics = world_.topics;
    for (std::size_t commit = 0; commit < world_.broker.commits().size(); ++commit)
        for (const Place& place : world_.broker.commits()[commit].messages) {
            const Entry& entry = world_.broker.at(place);
            if (place.topic < topics.entities())
                read_event(entry, place.topic, commit);
            else if (place.topic == topics.records())
                read_record(entry, commit);
            else if (place.topic == topics.dead_letter())
                read_letter(entry);
        }
    for (std::size_t commit = 0; commit < world_.broker.commits().size(); ++commit)
        for (const Place& place : world_.broker.commits()[commit].messages)
            if (place.topic == topics.checkpoints()) read_position(world_.broker.at(place), commit);
    check_folds();
}

void Ledger::read_event(const Entry& entry, TopicNo topic, std::size_t commit) {
    ++events_;
    EntityHistory& entity = entities_[{topic, entry.key}];
    const auto& headers = entry.headers;
    if (++ids_[headers.at("ce_id")] > 1) violated(rule::no_id_twice, headers.at("ce_id"));
    const std::pair<std::uint64_t, std::uint64_t> place{number(headers.at("ce_commit")),
                                                        number(headers.at("ce_index"))};
    if (place <= entity.last_place)
        violated(rule::commits_rise, fmt::format("{}: {}:{} after {}:{}", entry.key, place.first, place.second,
                                                 entity.last_place.first, entity.last_place.second));
    entity.last_place = place;
    if (entity.tombstone_due != !entry.value)
        violated(rule::before_is_previous, fmt::format("{}: a tombstone follows a delete and nothing else", entry.key));
    entity.tombstone_due = false;
    if (!entry.value) return;
    const std::string before = member(*entry.value, "before");
    const std::string expected = entity.last_after.empty() ? "null" : entity.last_after;
    if (before != expected)
        violated(rule::before_is_previous, fmt::format("{} at {}: before is {}, the previous after {}", entry.key,
                                                       place.first, before, expected));
    EventBody body;
    if (!read_event_body(*entry.value, body)) violated(rule::before_is_previous, "unreadable: " + *entry.value);
    if (body.after == entity.last_after) {
        ++repeated_;
        if (!world_.scenario->repeats())
            violated(rule::differs, fmt::format("{} at {}: after is before", entry.key, place.first));
    }
    entity.last_after = std::string(body.after);
    entity.tombstone_due = body.after.empty();
    entity.row = {stream_of(body.source, body.stream), body.key};
    if (world_.scenario->streams()[entity.row.stream].shared) return;
    alone_.insert(entry.key);
    rows_[entity.row].push_back({entity.last_after, commit});
}

void Ledger::read_record(const Entry& entry, std::size_t commit) {
    if (const auto id = pending_id(entry.key)) {
        if (entry.value)
            pending_.emplace(*id);
        else
            pending_.erase(std::string(*id));
        return;
    }
    const RowName name = row_name(entry.key);
    records_[name] = entry.value.value_or("");
    rows_[name].push_back({entry.value ? member(*entry.value, "record") : "", commit});
}

void Ledger::read_letter(const Entry& entry) {
    auto& letters = letters_[row_name(entry.key)];
    const std::string hash = entry.value ? member(*entry.value, "hash") : "";
    const std::string before = letters.empty() ? "" : letters.back().hash;
    if (hash == before) violated(rule::reject_once, fmt::format("{} '{}' again", entry.key, hash));
    letters.push_back({hash, entry.value.value_or("")});
}

void Ledger::read_position(const Entry& entry, std::size_t commit) {
    const auto& feeds = world_.scenario->feeds();
    for (std::size_t feed = 0; feed < feeds.size(); ++feed) {
        if (entry.key != checkpoint::feed_key(instance_name, feeds[feed].source, feeds[feed].name)) continue;
        if (const auto record = checkpoint::decode_feed(*entry.value))
            places_.push_back({feed, record->position.json, commit});
    }
}

}  // namespace tributary::simulation
