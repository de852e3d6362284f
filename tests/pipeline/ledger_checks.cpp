#include <fmt/format.h>

#include <algorithm>

#include "core/change/fold.hpp"
#include "core/change/slices.hpp"
#include "core/model/id.hpp"
#include "core/model/key_text.hpp"
#include "core/runtime/entities.hpp"
#include "tests/pipeline/feeds.hpp"
#include "tests/pipeline/ledger.hpp"

namespace tributary::simulation {

namespace {

std::string name_of(std::size_t stream, const std::string& key) {
    const StreamDefinition& definition = stream_definitions()[stream];
    return fmt::format("{}/{}/{}", definition.source, definition.name, key);
}

/// As keys are spelled in records: a slash within a key is escaped.
std::string spelled(const std::string& key) {
    std::string text;
    append_key_part(key, true, text);
    return text;
}

std::size_t feed_of(std::size_t stream) {
    const auto& feeds = feed_definitions();
    const auto found = std::ranges::find_if(
        feeds, [&](const auto& feed) { return std::ranges::find(feed.streams, stream) != feed.streams.end(); });
    return static_cast<std::size_t>(found - feeds.begin());
}

std::size_t table_of(std::size_t stream) { return stream - feed_definitions()[feed_of(stream)].streams.front(); }

}  // namespace

void Ledger::check_revs() {
    for (const auto& [name, publications] : rows_) {
        std::int64_t last = 0;
        for (const Publication& publication : publications) {
            if (!publication.live) continue;
            if (publication.rev <= last)
                violated(rule::revs_rise,
                         fmt::format("{}: {} after {}", name_of(name.stream, name.key), publication.rev, last));
            last = publication.rev;
        }
    }
}

void Ledger::check_source() {
    for (std::size_t stream = 0; stream < stream_definitions().size(); ++stream) {
        const Database& database = world_.databases[feed_of(stream)];
        for (const std::string& key : database.keys(table_of(stream)))
            if (const Version* row = database.current(table_of(stream), key))
                check_row_now({stream, spelled(key)}, *row);
    }
}

void Ledger::check_row_now(const RowName& name, const Version& row) {
    const auto published = rows_.find(name);
    const bool live = published != rows_.end() && published->second.back().live;
    const auto letters = letters_.find(name);
    const bool rejected = letters != letters_.end() && !letters->second.back().hash.empty();
    const std::string text = name_of(name.stream, name.key);
    if (rejected != (row.live && row.bad))
        violated(rule::reject_once, fmt::format("{}: bad is {}, a dead letter stands is {}", text, row.bad, rejected));
    if (row.live && row.bad) return;
    if (live != row.live)
        violated(rule::last_is_source, fmt::format("{}: live {}, published {}", text, row.live, live));
    if (live && row.live && published->second.back().rev != row.rev)
        violated(rule::last_is_source,
                 fmt::format("{}: rev {}, published {}", text, row.rev, published->second.back().rev));
}

/// A change log delivers every change: none of them may be missing from the events.
void Ledger::check_every_change() {
    for (std::size_t stream = 0; stream < stream_definitions().size(); ++stream) {
        const std::size_t feed = feed_of(stream);
        if (!feed_definitions()[feed].is_log) continue;
        std::map<RowName, std::vector<std::int64_t>> expected;
        for (const Version& version : world_.databases[feed].log()) {
            if (version.table != table_of(stream)) continue;
            auto& revs = expected[{stream, spelled(version.key)}];
            const std::int64_t rev = version.live ? version.rev : 0;
            const std::int64_t last = revs.empty() ? 0 : revs.back();
            if (!version.bad && rev != last) revs.push_back(rev);
            if (version.bad && !version.live && last != 0) revs.push_back(0);
        }
        for (const auto& [name, revs] : expected) {
            std::vector<std::int64_t> found;
            if (const auto rows = rows_.find(name); rows != rows_.end())
                for (const Publication& p : rows->second) found.push_back(p.rev);
            if (found != revs)
                violated(rule::every_change, fmt::format("{}: expected {} changes, found {}",
                                                         name_of(name.stream, name.key), revs.size(), found.size()));
        }
    }
}

void Ledger::check_folds() {
    static const std::vector<FoldRules> rules = fold_rules(catalogue());
    const EntityNo customer = catalogue().find("customer")->number;
    std::map<std::string, std::vector<RecordView>> members;
    for (const auto& [name, record] : records_) {
        Slice slice;
        std::string id;
        std::string_view document;
        for (Slices slices(record); !record.empty() && slices.next(slice);) {
            if (slice.name == "id") id = slice.value.substr(1, slice.value.size() - 2);
            if (slice.name == "record") document = slice.value;
        }
        if (!record.empty()) members[id].push_back({static_cast<std::uint32_t>(name.stream), name.key, document});
    }
    for (const auto& [id, entity] : entities_) {
        if (id.first != customer) continue;
        Arena arena;
        const auto found = members.find(id.second);
        const std::string_view expected = found == members.end() ? "" : fold(found->second, rules[customer], arena);
        if (expected != entity.last_after)
            violated(rule::entity_is_fold, fmt::format("{}: {} instead of {}", id.second, entity.last_after, expected));
    }
}

/// The version, or a later one of the row, was published by that commit.
bool Ledger::published_since(const RowName& name, const Version& version, std::size_t commit) const {
    const auto found = rows_.find(name);
    const Publication* last = nullptr;
    if (found != rows_.end())
        for (const Publication& publication : found->second)
            if (publication.commit <= commit) last = &publication;
    if (!version.live) return last == nullptr || !last->live;
    return last != nullptr && last->live && last->rev >= version.rev;
}

/// A row that stayed as it was from the position until the commit must have been published by then. Rejects are left
/// to the check of the end.
void Ledger::check_position(std::size_t feed, const std::string& json, std::size_t commit) {
    const FeedPosition position = decode({json});
    const Database& database = world_.databases[feed];
    const std::int64_t at = world_.broker.commits()[commit].at;
    const auto& streams = feed_definitions()[feed].streams;
    for (std::size_t table = 0; table < database.tables(); ++table)
        for (const std::string& key : database.keys(table)) {
            if (position.loading() && key > position.key) continue;
            const Version* row = database.as_of(table, key, position.loading() ? position.from : position.at);
            if (row == nullptr || row->bad || (position.loading() && !row->live)) continue;
            const auto& log = database.log();
            const auto next = std::find_if(log.begin() + row->seq, log.end(), [&](const Version& version) {
                return version.table == table && version.key == key;
            });
            if (next != log.end() && next->at <= at) continue;
            if (!published_since({streams[table], spelled(key)}, *row, commit))
                violated(rule::position_behind, fmt::format("{} at commit {}: {} rev {} is not published", json, commit,
                                                            name_of(streams[table], key), row->rev));
        }
}

bool Ledger::is_current(std::size_t stream) const {
    const Database& database = world_.databases[feed_of(stream)];
    for (const std::string& key : database.keys(table_of(stream))) {
        const Version* row = database.current(table_of(stream), key);
        if (row == nullptr) continue;
        const RowName name{stream, spelled(key)};
        const auto rows = rows_.find(name);
        const auto letters = letters_.find(name);
        const bool rejected = letters != letters_.end() && !letters->second.back().hash.empty();
        const bool live = rows != rows_.end() && rows->second.back().live;
        if (rejected != (row->live && row->bad)) return false;
        if (row->live && row->bad) continue;
        if (live != row->live || (live && rows->second.back().rev != row->rev)) return false;
    }
    return true;
}

void Ledger::check_cache(Store& cache, Store& rebuilt) {
    if (cache.commit_number() != rebuilt.commit_number())
        violated(rule::cache_is_fold,
                 fmt::format("the cache is at {}, the log at {}", cache.commit_number(), rebuilt.commit_number()));
    check_streams(cache, rebuilt);
    check_entities(cache);
}

void Ledger::check_streams(Store& cache, Store& rebuilt) {
    for (std::size_t i = 0; i < stream_definitions().size(); ++i) {
        const StreamDefinition& definition = stream_definitions()[i];
        const StreamNo ours = *cache.stream(definition.source, definition.name);
        const StreamNo theirs = *rebuilt.stream(definition.source, definition.name);
        const auto keys = cache.keys_after(ours, "", 1'000);
        if (*keys != *rebuilt.keys_after(theirs, "", 1'000))
            violated(rule::cache_is_fold, fmt::format("{}: the keys differ", definition.name));
        if (cache.rejects(ours) != rebuilt.rejects(theirs))
            violated(rule::cache_is_fold, fmt::format("{}: the rejects differ", definition.name));
        for (const std::string& key : *keys) {
            Arena arena;
            const auto a = cache.find(ours, key, arena);
            const auto b = rebuilt.find(theirs, key, arena);
            if (!a || !b || !*a || !*b || (*a)->document != (*b)->document || (*a)->id != (*b)->id)
                violated(rule::cache_is_fold, fmt::format("{}/{}: the states differ", definition.name, key));
            const auto letters = letters_.find({i, key});
            const bool rejected = letters != letters_.end() && !letters->second.back().hash.empty();
            const auto aside = cache.find_aside(ours, key).value();
            if ((aside && aside->published()) != rejected)
                violated(rule::cache_is_fold, fmt::format("{}/{}: the rejects differ", definition.name, key));
        }
    }
}

void Ledger::check_entities(Store& cache) {
    const Entity& customer = *catalogue().find("customer");
    for (const auto& [id, entity] : entities_) {
        if (id.first != customer.number) continue;
        Arena arena;
        const EntityId number = *parse_id(customer.tag, id.second);
        if (*cache.find_entity(customer.number, number, arena) != entity.last_after)
            violated(rule::cache_is_fold, fmt::format("{}: the cached entity differs", id.second));
        std::size_t expected = 0;
        for (const auto& [name, record] : records_) expected += record.find(id.second) != std::string::npos ? 1 : 0;
        const auto members = cache.members(customer.number, number, arena);
        if (members->size() != expected)
            violated(rule::cache_is_fold,
                     fmt::format("{}: {} members instead of {}", id.second, members->size(), expected));
    }
}

}  // namespace tributary::simulation
