#include "tests/pipeline/ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/change/slices.hpp"
#include "core/publish/checkpoint.hpp"
#include "core/publish/restore.hpp"
#include "tests/pipeline/feeds.hpp"

namespace tributary::simulation {

namespace {

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

/// The source's rev as the mappings put it into the entity.
std::int64_t rev_of(std::string_view document) {
    const std::string attributes = member(document, "attributes");
    for (const char* name : {"rev", "a", "b"})
        if (const std::string rev = member(attributes, name); !rev.empty()) return number(rev);
    return 0;
}

std::size_t stream_of(std::string_view source, std::string_view name) {
    const auto& all = stream_definitions();
    const auto found = std::ranges::find_if(all, [&](const auto& s) { return s.source == source && s.name == name; });
    return static_cast<std::size_t>(found - all.begin());
}

}  // namespace

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
                read_letter(entry, commit);
        }
    for (std::size_t commit = 0; commit < world_.broker.commits().size(); ++commit)
        for (const Place& place : world_.broker.commits()[commit].messages)
            if (place.topic == topics.checkpoints()) read_position(world_.broker.at(place), commit);
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
    entity.last_after = std::string(body.after);
    entity.tombstone_due = body.after.empty();
    const std::size_t stream = stream_of(body.source, body.stream);
    if (!stream_definitions()[stream].shared)
        rows_[{stream, body.key}].push_back({rev_of(body.after), !body.after.empty(), commit});
}

void Ledger::read_record(const Entry& entry, std::size_t commit) {
    const auto first = entry.key.find('/');
    const auto second = entry.key.find('/', first + 1);
    const RowName name{stream_of(entry.key.substr(0, first), entry.key.substr(first + 1, second - first - 1)),
                       entry.key.substr(second + 1)};
    records_[name] = entry.value.value_or("");
    rows_[name].push_back({entry.value ? rev_of(member(*entry.value, "record")) : 0, entry.value.has_value(), commit});
}

void Ledger::read_letter(const Entry& entry, std::size_t commit) {
    const auto first = entry.key.find('/');
    const auto second = entry.key.find('/', first + 1);
    const RowName name{stream_of(entry.key.substr(0, first), entry.key.substr(first + 1, second - first - 1)),
                       entry.key.substr(second + 1)};
    auto& letters = letters_[name];
    const std::string hash = entry.value ? member(*entry.value, "hash") : "";
    const std::string before = letters.empty() ? "" : letters.back().hash;
    if (hash == before) violated(rule::reject_once, fmt::format("{} '{}' again", entry.key, hash));
    letters.push_back({hash, commit});
}

void Ledger::read_position(const Entry& entry, std::size_t commit) {
    const auto& feeds = feed_definitions();
    for (std::size_t feed = 0; feed < feeds.size(); ++feed) {
        if (entry.key != checkpoint::feed_key(instance_name, feeds[feed].source, feeds[feed].name)) continue;
        if (auto record = checkpoint::decode_feed(*entry.value)) check_position(feed, record->position.json, commit);
    }
}

std::vector<Violation> Ledger::check() {
    check_revs();
    check_source();
    check_every_change();
    check_folds();
    if (world_.faults.happened.contains("read behind what was confirmed"))
        violated(rule::confirmed_later, "the change log was asked for what it had been told to forget");
    return violations_;
}

}  // namespace tributary::simulation
