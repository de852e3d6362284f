#include "tests/pipeline/model_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/key_text.hpp"
#include "tests/pipeline/feeds.hpp"

namespace tributary::simulation {

namespace {

/// The source's rev as the mappings put it into the entity.
std::int64_t rev_of(std::string_view document) {
    const std::string attributes = member(document, "attributes");
    for (const char* name : {"rev", "a", "b"})
        if (const std::string rev = member(attributes, name); !rev.empty()) return number(rev);
    return 0;
}

/// As keys are spelled in records: a slash within a key is escaped.
std::string spelled(const std::string& key) {
    std::string text;
    append_key_part(key, true, text);
    return text;
}

}  // namespace

std::string ModelLedger::name_of(std::size_t stream, const std::string& key) const {
    const StreamDefinition& definition = scenario_.streams()[stream];
    return fmt::format("{}/{}/{}", definition.source, definition.name, key);
}

std::size_t ModelLedger::feed_of(std::size_t stream) const {
    const auto& feeds = scenario_.feeds();
    const auto found = std::ranges::find_if(
        feeds, [&](const auto& feed) { return std::ranges::find(feed.streams, stream) != feed.streams.end(); });
    return static_cast<std::size_t>(found - feeds.begin());
}

std::size_t ModelLedger::table_of(std::size_t stream) const {
    return stream - scenario_.feeds()[feed_of(stream)].streams.front();
}

std::vector<Violation> ModelLedger::check() {
    check_revs();
    check_source();
    check_every_change();
    for (const Ledger::FeedPlace& place : ledger_.places()) check_position(place);
    if (world_.faults.happened.contains("read behind what was confirmed"))
        violated(rule::confirmed_later, "the change log was asked for what it had been told to forget");
    return violations_;
}

void ModelLedger::check_revs() {
    for (const auto& [name, publications] : ledger_.rows()) {
        std::int64_t last = 0;
        for (const Ledger::Publication& publication : publications) {
            if (!publication.live()) continue;
            const std::int64_t rev = rev_of(publication.document);
            if (rev <= last)
                violated(rule::revs_rise, fmt::format("{}: {} after {}", name_of(name.stream, name.key), rev, last));
            last = rev;
        }
    }
}

void ModelLedger::check_source() {
    for (std::size_t stream = 0; stream < scenario_.streams().size(); ++stream) {
        const Database& database = scenario_.database(feed_of(stream));
        for (const std::string& key : database.keys(table_of(stream)))
            if (const Version* row = database.current(table_of(stream), key))
                check_row_now({stream, spelled(key)}, *row);
    }
}

void ModelLedger::check_row_now(const Ledger::RowName& name, const Version& row) {
    const auto published = ledger_.rows().find(name);
    const bool live = published != ledger_.rows().end() && published->second.back().live();
    const bool rejected = ledger_.is_rejected(name);
    const std::string text = name_of(name.stream, name.key);
    if (rejected != (row.live && row.bad))
        violated(rule::reject_once, fmt::format("{}: bad is {}, a dead letter stands is {}", text, row.bad, rejected));
    if (row.live && row.bad) return;
    if (live != row.live)
        violated(rule::last_is_source, fmt::format("{}: live {}, published {}", text, row.live, live));
    if (live && row.live && rev_of(published->second.back().document) != row.rev)
        violated(rule::last_is_source,
                 fmt::format("{}: rev {}, published {}", text, row.rev, rev_of(published->second.back().document)));
}

/// A change log delivers every change: none of them may be missing from the events.
void ModelLedger::check_every_change() {
    for (std::size_t stream = 0; stream < scenario_.streams().size(); ++stream) {
        const std::size_t feed = feed_of(stream);
        if (!scenario_.feeds()[feed].is_log) continue;
        std::map<Ledger::RowName, std::vector<std::int64_t>> expected;
        for (const Version& version : scenario_.database(feed).log()) {
            if (version.table != table_of(stream)) continue;
            auto& revs = expected[{stream, spelled(version.key)}];
            const std::int64_t rev = version.live ? version.rev : 0;
            const std::int64_t last = revs.empty() ? 0 : revs.back();
            if (!version.bad && rev != last) revs.push_back(rev);
            if (version.bad && !version.live && last != 0) revs.push_back(0);
        }
        for (const auto& [name, revs] : expected) {
            std::vector<std::int64_t> found;
            if (const auto rows = ledger_.rows().find(name); rows != ledger_.rows().end())
                for (const Ledger::Publication& p : rows->second) found.push_back(rev_of(p.document));
            if (found != revs)
                violated(rule::every_change, fmt::format("{}: expected {} changes, found {}",
                                                         name_of(name.stream, name.key), revs.size(), found.size()));
        }
    }
}

/// The version, or a later one of the row, was published by that commit.
bool ModelLedger::published_since(const Ledger::RowName& name, const Version& version, std::size_t commit) const {
    const auto found = ledger_.rows().find(name);
    const Ledger::Publication* last = nullptr;
    if (found != ledger_.rows().end())
        for (const Ledger::Publication& publication : found->second)
            if (publication.commit <= commit) last = &publication;
    if (!version.live) return last == nullptr || !last->live();
    return last != nullptr && last->live() && rev_of(last->document) >= version.rev;
}

/// A row that stayed as it was from the position until the commit must have been published by then. Rejects are left
/// to the check of the end.
void ModelLedger::check_position(const Ledger::FeedPlace& place) {
    const auto& [feed, json, commit] = place;
    const FeedPosition position = decode({json});
    const Database& database = scenario_.database(feed);
    const std::int64_t at = world_.broker.commits()[commit].at;
    const auto& streams = scenario_.feeds()[feed].streams;
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

bool ModelLedger::is_current(std::size_t stream) const {
    const Database& database = scenario_.database(feed_of(stream));
    for (const std::string& key : database.keys(table_of(stream))) {
        const Version* row = database.current(table_of(stream), key);
        if (row == nullptr) continue;
        const Ledger::RowName name{stream, spelled(key)};
        const auto rows = ledger_.rows().find(name);
        const bool rejected = ledger_.is_rejected(name);
        const bool live = rows != ledger_.rows().end() && rows->second.back().live();
        if (rejected != (row->live && row->bad)) return false;
        if (row->live && row->bad) continue;
        if (live != row->live || (live && rev_of(rows->second.back().document) != row->rev)) return false;
    }
    return true;
}

}  // namespace tributary::simulation
