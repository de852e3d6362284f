#include <charconv>

#include "core/store/state_row.hpp"
#include "core/store/statements.hpp"
#include "core/store/store.hpp"

namespace tributary {

namespace {

constexpr std::string_view layout_version = "3";

constexpr const char* layout = R"sql(
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE stream(no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE partition_offset(topic TEXT, partition INTEGER, next INTEGER NOT NULL, PRIMARY KEY(topic, partition)) WITHOUT ROWID;
CREATE TABLE state_by_number(place INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE state_by_text(stream INTEGER, key BLOB, row BLOB NOT NULL, PRIMARY KEY(stream, key)) WITHOUT ROWID;
CREATE TABLE aside(stream INTEGER, key BLOB, hash INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY(stream, key)) WITHOUT ROWID;
CREATE TABLE entity(entity INTEGER, id BLOB, row BLOB NOT NULL, PRIMARY KEY(entity, id)) WITHOUT ROWID;
CREATE TABLE member(entity INTEGER, id BLOB, stream INTEGER, key BLOB, PRIMARY KEY(entity, id, stream, key)) WITHOUT ROWID;
CREATE TABLE link(target INTEGER, id BLOB, stream INTEGER, key BLOB, PRIMARY KEY(target, id, stream, key)) WITHOUT ROWID;
CREATE TABLE pending(entity INTEGER, id BLOB, cause INTEGER NOT NULL, at INTEGER NOT NULL, stream INTEGER NOT NULL, key BLOB NOT NULL, PRIMARY KEY(entity, id)) WITHOUT ROWID;
)sql";

// The log is Kafka: after a power loss the cache may be some commits behind and is caught up, so no fsync per commit.
// The write-ahead log is folded in at 4,000 pages (32 MB): that much a disk needs beside the cache itself.
constexpr const char* pragmas = R"sql(
PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000;
PRAGMA cache_size=-32768; PRAGMA temp_store=MEMORY; PRAGMA locking_mode=EXCLUSIVE;
)sql";

}  // namespace

Store::Store(Database database) : database_(std::move(database)) {}

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file, const CacheOwner& owner) {
    auto database = Database::open(file);
    if (!database) return std::unexpected(database.error());
    std::unique_ptr<Store> store(new Store(std::move(*database)));
    bool fresh = false;
    if (auto set = store->database_.execute("PRAGMA page_size=8192"); !set) return std::unexpected(set.error());
    if (auto set = store->database_.execute(pragmas); !set) return std::unexpected(set.error());
    {
        auto tables = store->database_.prepare("SELECT count(*) FROM sqlite_schema");
        if (!tables) return std::unexpected(tables.error());
        auto row = tables->step();
        if (!row) return std::unexpected(row.error());
        fresh = tables->integer(0) == 0;
    }
    if (fresh) {
        if (auto made = store->create(owner); !made) return std::unexpected(made.error());
    } else if (auto checked = store->check_owner(owner); !checked) {
        return std::unexpected(checked.error());
    } else if (auto content = store->check_content(); !content) {
        return std::unexpected(content.error());
    }
    for (auto step : {&Store::prepare, &Store::load, &Store::load_links})
        if (auto done = (store.get()->*step)(); !done) return std::unexpected(done.error());
    if (auto dirty = store->set_meta("clean", "0"); !dirty) return std::unexpected(dirty.error());
    return store;
}

Store::~Store() { rollback(); }

Result<> Store::create(const CacheOwner& owner) {
    if (auto made = database_.execute(layout); !made) return made;
    for (const auto& [name, value] : {std::pair<std::string_view, std::string_view>{"layout", layout_version},
                                      {"cluster", owner.cluster_id},
                                      {"prefix", owner.topic_prefix},
                                      {"instance", owner.instance},
                                      {"entities", owner.entities},
                                      {"number", "0"},
                                      {"committed_at", "0"}})
        if (auto set = set_meta(name, value); !set) return set;
    return {};
}

Result<> Store::check_owner(const CacheOwner& owner) {
    for (const auto& [name, expected] : {std::pair<std::string_view, std::string_view>{"layout", layout_version},
                                         {"cluster", owner.cluster_id},
                                         {"prefix", owner.topic_prefix},
                                         {"instance", owner.instance},
                                         {"entities", owner.entities}}) {
        auto found = meta(name);
        if (!found) return std::unexpected(found.error());
        if (*found != expected)
            return fail(
                Verdict::retry, "state_of_another",
                fmt::format("the state cache was made for another {} ('{}', now '{}')", name, *found, expected));
    }
    return {};
}

Result<> Store::check_content() {
    auto clean = meta("clean");
    if (!clean) return std::unexpected(clean.error());
    if (*clean == "1") return {};
    auto structure = database_.prepare("PRAGMA quick_check(1)");
    if (!structure) return std::unexpected(structure.error());
    auto verdict = structure->step();
    if (!verdict) return std::unexpected(verdict.error());
    if (structure->blob(0) != "ok") return std::unexpected(corrupt(structure->blob(0)));
    auto numbers = database_.prepare("SELECT place, row FROM state_by_number");
    auto texts = database_.prepare("SELECT stream, key, row FROM state_by_text");
    if (!numbers || !texts) return std::unexpected(corrupt("a table is missing"));
    for (;;) {
        auto row = numbers->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        const std::int64_t place = numbers->integer(0);
        const std::string key = number_key(place);
        if (!decode_row(static_cast<StreamNo>(place >> 48), key, numbers->blob(1)))
            return std::unexpected(corrupt("checksum of key " + key));
    }
    for (;;) {
        auto row = texts->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        if (!decode_row(static_cast<StreamNo>(texts->integer(0)), texts->blob(1), texts->blob(2)))
            return std::unexpected(corrupt("checksum of a text key"));
    }
    return {};
}

Result<> Store::prepare() {
    statements_ = std::make_unique<Statements>();
    const std::pair<Statement*, std::string_view> all[] = {
        {&statements_->begin, "BEGIN IMMEDIATE"},
        {&statements_->commit, "COMMIT"},
        {&statements_->rollback, "ROLLBACK"},
        {&statements_->find_number, "SELECT row FROM state_by_number WHERE place=?1"},
        {&statements_->find_text, "SELECT row FROM state_by_text WHERE stream=?1 AND key=?2"},
        {&statements_->highest_number, "SELECT max(place) FROM state_by_number WHERE place>=?1 AND place<?2"},
        {&statements_->put_text, "REPLACE INTO state_by_text VALUES(?1,?2,?3)"},
        {&statements_->erase_number, "DELETE FROM state_by_number WHERE place=?1"},
        {&statements_->erase_text, "DELETE FROM state_by_text WHERE stream=?1 AND key=?2"},
        {&statements_->find_aside, "SELECT hash, version FROM aside WHERE stream=?1 AND key=?2"},
        {&statements_->put_aside, "REPLACE INTO aside VALUES(?1,?2,?3,?4)"},
        {&statements_->erase_aside, "DELETE FROM aside WHERE stream=?1 AND key=?2"},
        {&statements_->find_entity, "SELECT row FROM entity WHERE entity=?1 AND id=?2"},
        {&statements_->put_entity, "REPLACE INTO entity VALUES(?1,?2,?3)"},
        {&statements_->erase_entity, "DELETE FROM entity WHERE entity=?1 AND id=?2"},
        {&statements_->members, "SELECT stream, key FROM member WHERE entity=?1 AND id=?2 ORDER BY stream, key"},
        {&statements_->put_member, "INSERT OR IGNORE INTO member VALUES(?1,?2,?3,?4)"},
        {&statements_->erase_member, "DELETE FROM member WHERE entity=?1 AND id=?2 AND stream=?3 AND key=?4"},
        {&statements_->dependents,
         "SELECT stream, key FROM link WHERE target=?1 AND id=?2 AND (stream, key)>(?3, ?4) ORDER BY stream, key LIMIT "
         "?5"},
        {&statements_->put_link, "INSERT OR IGNORE INTO link VALUES(?1,?2,?3,?4)"},
        {&statements_->erase_link, "DELETE FROM link WHERE target=?1 AND id=?2 AND stream=?3 AND key=?4"},
        {&statements_->pending, "SELECT cause, at, stream, key, entity, id FROM pending LIMIT ?1"},
        {&statements_->find_pending, "SELECT cause, at, stream, key FROM pending WHERE entity=?1 AND id=?2"},
        {&statements_->put_pending, "REPLACE INTO pending VALUES(?1,?2,?3,?4,?5,?6)"},
        {&statements_->erase_pending, "DELETE FROM pending WHERE entity=?1 AND id=?2"},
        {&statements_->put_meta, "REPLACE INTO meta VALUES(?1,?2)"},
        {&statements_->put_offset, "REPLACE INTO partition_offset VALUES(?1,?2,?3)"},
    };
    for (const auto& [statement, sql] : all) {
        auto prepared = database_.prepare(sql);
        if (!prepared) return std::unexpected(prepared.error());
        *statement = std::move(*prepared);
    }
    auto batch = RowBatch::prepare(database_);
    if (!batch) return std::unexpected(batch.error());
    statements_->numbers = std::move(*batch);
    return {};
}

Result<> Store::load() {
    auto number = meta("number");
    auto at = meta("committed_at");
    if (!number || !at) return std::unexpected(corrupt("its commit number is missing"));
    std::from_chars(number->data(), number->data() + number->size(), number_);
    std::from_chars(at->data(), at->data() + at->size(), committed_at_);
    auto streams = database_.prepare("SELECT no, name FROM stream");
    auto aside = database_.prepare("SELECT stream, count(*), sum(hash<>0) FROM aside GROUP BY stream");
    if (!streams || !aside) return std::unexpected(corrupt("a table is missing"));
    streams_.clear();
    aside_.clear();
    for (;;) {
        const auto row = streams->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        streams_[std::string(streams->blob(1))] = static_cast<StreamNo>(streams->integer(0));
    }
    for (;;) {
        const auto row = aside->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        aside_[static_cast<StreamNo>(aside->integer(0))] = {aside->integer(1), aside->integer(2)};
    }
    aside_committed_ = aside_;
    return {};
}

Result<> Store::set_meta(std::string_view name, std::string_view value) {
    if (statements_) {
        statements_->put_meta.bind_text(1, name);
        statements_->put_meta.bind_text(2, value);
        return statements_->put_meta.run();
    }
    auto put = database_.prepare("REPLACE INTO meta VALUES(?1,?2)");
    if (!put) return std::unexpected(put.error());
    put->bind_text(1, name);
    put->bind_text(2, value);
    return put->run();
}

Result<std::string> Store::meta(std::string_view name) {
    auto get = database_.prepare("SELECT value FROM meta WHERE name=?1");
    if (!get) return std::unexpected(get.error());
    get->bind_text(1, name);
    auto row = get->step();
    if (!row) return std::unexpected(row.error());
    return *row ? std::string(get->blob(0)) : std::string();
}

Result<> Store::close() {
    rollback();
    if (auto clean = set_meta("clean", "1"); !clean) return clean;
    return database_.execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace tributary
