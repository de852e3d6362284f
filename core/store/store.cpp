#include "core/store/store.hpp"

#include <fmt/format.h>

#include "core/store/state_row.hpp"
#include "core/store/statements.hpp"

namespace tributary {

Result<StreamNo> Store::stream(std::string_view source, std::string_view stream) {
    const std::string name = fmt::format("{}/{}", source, stream);
    if (auto known = streams_.find(name); known != streams_.end()) return known->second;
    auto insert = database_.prepare("INSERT INTO stream(name) VALUES(?1)");
    if (!insert) return std::unexpected(insert.error());
    insert->bind_text(1, name);
    if (auto done = insert->run(); !done) return std::unexpected(done.error());
    return streams_[name] = static_cast<StreamNo>(sqlite3_last_insert_rowid(database_.handle()));
}

Result<> Store::adopt(const std::map<std::string, StreamNo>& streams) {
    auto insert = database_.prepare("INSERT INTO stream(no, name) VALUES(?1, ?2)");
    if (!insert) return std::unexpected(insert.error());
    for (const auto& [name, no] : streams) {
        insert->bind(1, std::int64_t{no});
        insert->bind_text(2, name);
        if (auto done = insert->run(); !done) return done;
        streams_[name] = no;
    }
    return {};
}

Result<std::optional<Aside>> Store::find_aside(StreamNo stream, std::string_view key) {
    Statement& find = statements_->find_aside;
    find.bind(1, std::int64_t{stream});
    find.bind_blob(2, key);
    auto row = find.step();
    if (!row) return std::unexpected(row.error());
    std::optional<Aside> aside;
    if (*row) aside = {static_cast<std::uint64_t>(find.integer(0)), static_cast<RowVersion>(find.integer(1))};
    find.reset();
    return aside;
}

bool Store::has_aside(StreamNo stream) const {
    auto found = aside_.find(stream);
    return found != aside_.end() && found->second.rows > 0;
}

std::int64_t Store::rejects(StreamNo stream) const {
    auto found = aside_.find(stream);
    return found == aside_.end() ? 0 : found->second.rejects;
}

std::int64_t Store::rejects() const {
    std::int64_t sum = 0;
    for (const auto& [stream, aside] : aside_) sum += aside.rejects;
    return sum;
}

Result<std::string_view> Store::find_entity(EntityNo entity, const EntityId& id, Arena& arena) {
    Statement& find = statements_->find_entity;
    const std::string bytes = encode_id(id);
    find.bind(1, std::int64_t{entity});
    find.bind_blob(2, bytes);
    auto row = find.step();
    if (!row) return std::unexpected(row.error());
    std::string_view document;
    bool damaged = false;
    if (*row) {
        auto state = decode_row(entity, bytes, find.blob(0));
        damaged = !state;
        if (state) document = arena.copy(state->document);
    }
    find.reset();
    if (damaged) return std::unexpected(corrupt("checksum of an entity"));
    return document;
}

Result<std::vector<Member>> Store::members(EntityNo entity, const EntityId& id, Arena& arena) {
    Statement& list = statements_->members;
    const std::string bytes = encode_id(id);
    list.bind(1, std::int64_t{entity});
    list.bind_blob(2, bytes);
    std::vector<Member> members;
    for (;;) {
        auto row = list.step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        members.push_back({static_cast<StreamNo>(list.integer(0)), arena.copy(list.blob(1)), {}});
    }
    list.reset();
    for (Member& member : members) {
        auto state = find(member.stream, member.key, arena);
        if (!state) return std::unexpected(state.error());
        if (*state) member.document = (*state)->document;
    }
    return members;
}

Result<> Store::begin() {
    if (open_transaction_) return {};
    if (auto begun = statements_->begin.run(); !begun) return begun;
    open_transaction_ = true;
    return {};
}

Result<> Store::write(const AsideWrite& write) {
    if (auto begun = begin(); !begun) return begun;
    auto known = find_aside(write.stream, write.key);
    if (!known) return std::unexpected(known.error());
    Statement& statement = write.erase ? statements_->erase_aside : statements_->put_aside;
    statement.bind(1, std::int64_t{write.stream});
    statement.bind_blob(2, write.key);
    if (!write.erase) {
        statement.bind(3, static_cast<std::int64_t>(write.aside.hash));
        statement.bind(4, static_cast<std::int64_t>(write.aside.version));
    }
    if (auto done = statement.run(); !done) return done;
    AsideCount& count = aside_[write.stream];
    count.rows += (write.erase ? 0 : 1) - (*known ? 1 : 0);
    count.rejects += (!write.erase && write.aside.published() ? 1 : 0) - (*known && (*known)->published() ? 1 : 0);
    return {};
}

Result<> Store::write(const EntityWrite& write) {
    if (auto begun = begin(); !begun) return begun;
    const bool erase = write.document.empty();
    Statement& statement = erase ? statements_->erase_entity : statements_->put_entity;
    const std::string id = encode_id(write.id);
    statement.bind(1, std::int64_t{write.entity});
    statement.bind_blob(2, id);
    if (!erase) {
        encode_row(statements_->row, write.entity, id, {write.entity, write.id, write.document});
        statement.bind_blob(3, statements_->row);
    }
    return statement.run();
}

Result<> Store::commit(const CommitMark& mark) {
    if (auto begun = begin(); !begun) return begun;
    if (auto flushed = statements_->numbers.flush(); !flushed) return flushed;
    // Some errors make SQLite roll back by itself, also when all that was asked of it was a read: what was written is
    // gone, and the number must not say that it is there.
    if (sqlite3_get_autocommit(database_.handle()) != 0)
        return fail(Verdict::retry, "state_lost", "the state cache lost a transaction that was not committed yet");
    if (auto set = set_meta("number", std::to_string(mark.number)); !set) return set;
    if (auto set = set_meta("committed_at", std::to_string(mark.at)); !set) return set;
    for (const OffsetHint& hint : mark.offsets) {
        statements_->put_offset.bind_text(1, hint.topic);
        statements_->put_offset.bind(2, std::int64_t{hint.partition});
        statements_->put_offset.bind(3, hint.offset);
        if (auto done = statements_->put_offset.run(); !done) return done;
    }
    if (auto done = statements_->commit.run(); !done) return done;
    open_transaction_ = false;
    number_ = mark.number;
    committed_at_ = mark.at;
    aside_committed_ = aside_;
    pending_committed_ = pending_;
    return {};
}

void Store::rollback() {
    if (statements_) statements_->numbers.clear();
    if (!open_transaction_) return;
    // SQLite may have rolled back by itself (disk full); either way nothing of the transaction is left
    (void)statements_->rollback.run();
    open_transaction_ = false;
    aside_ = aside_committed_;
    pending_ = pending_committed_;
}

Result<std::vector<OffsetHint>> Store::offsets() {
    auto list = database_.prepare("SELECT topic, partition, next FROM partition_offset");
    if (!list) return std::unexpected(list.error());
    std::vector<OffsetHint> hints;
    for (;;) {
        auto row = list->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return hints;
        hints.push_back({std::string(list->blob(0)), static_cast<std::int32_t>(list->integer(1)), list->integer(2)});
    }
}

Result<std::vector<std::string>> Store::keys_after(StreamNo stream, std::string_view after, std::size_t most) {
    std::vector<std::string> keys;
    if (auto flushed = statements_->numbers.flush(); !flushed) return std::unexpected(flushed.error());
    auto numbers =
        database_.prepare("SELECT place FROM state_by_number WHERE place>=?1 AND place<?2 ORDER BY place LIMIT ?3");
    auto texts = database_.prepare("SELECT key FROM state_by_text WHERE stream=?1 AND key>?2 ORDER BY key LIMIT ?3");
    if (!numbers || !texts) return std::unexpected(corrupt("a table is missing"));
    const RowPlace place = place_of(stream, after);
    if (after.empty() || place.numeric) {
        numbers->bind(1, after.empty() ? place_of(stream, "0").number : place.number + 1);
        numbers->bind(2, static_cast<std::int64_t>(stream + 1) << 48);
        numbers->bind(3, static_cast<std::int64_t>(most));
        for (;;) {
            auto row = numbers->step();
            if (!row) return std::unexpected(row.error());
            if (!*row) break;
            keys.push_back(number_key(numbers->integer(0)));
        }
    }
    if (keys.size() >= most) return keys;
    const std::string_view from = place.numeric ? "" : after;  // not a null one: nothing is greater than NULL
    texts->bind(1, std::int64_t{stream});
    texts->bind_blob(2, from);
    texts->bind(3, static_cast<std::int64_t>(most - keys.size()));
    for (;;) {
        auto row = texts->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return keys;
        keys.emplace_back(texts->blob(0));
    }
}

Result<std::vector<std::string>> Store::aside_keys_after(StreamNo stream, std::string_view after, std::size_t most) {
    auto list = database_.prepare("SELECT key FROM aside WHERE stream=?1 AND key>?2 ORDER BY key LIMIT ?3");
    if (!list) return std::unexpected(list.error());
    list->bind(1, std::int64_t{stream});
    list->bind_blob(2, after);
    list->bind(3, static_cast<std::int64_t>(most));
    std::vector<std::string> keys;
    for (;;) {
        auto row = list->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) return keys;
        keys.emplace_back(list->blob(0));
    }
}

Result<> Store::erase_by_id(EntityNo entity, const EntityId& id) {
    if (!id_index_) {
        for (const char* sql : {"CREATE INDEX IF NOT EXISTS number_by_id ON state_by_number(substr(row, 9, 18))",
                                "CREATE INDEX IF NOT EXISTS text_by_id ON state_by_text(substr(row, 9, 18))"})
            if (auto made = database_.execute(sql); !made) return made;
        id_index_ = true;
    }
    if (auto flushed = statements_->numbers.flush(); !flushed) return flushed;
    // records of a shared entity have messages of their own, in another topic: they may be newer than this tombstone
    Arena arena;
    auto shared = members(entity, id, arena);
    if (!shared) return std::unexpected(shared.error());
    if (!shared->empty()) return write(EntityWrite{entity, id, {}});
    std::string head;
    encode_row(head, 0, {}, {entity, id, {}});
    const std::string_view id_bytes = std::string_view(head).substr(8, 18);
    for (const char* sql : {"DELETE FROM state_by_number WHERE substr(row, 9, 18)=?1",
                            "DELETE FROM state_by_text WHERE substr(row, 9, 18)=?1"}) {
        if (auto begun = begin(); !begun) return begun;
        auto erase = database_.prepare(sql);
        if (!erase) return std::unexpected(erase.error());
        erase->bind_blob(1, id_bytes);
        if (auto done = erase->run(); !done) return done;
    }
    return write(EntityWrite{entity, id, {}});
}

Result<> Store::drop_id_index() {
    if (!id_index_) return {};
    id_index_ = false;
    return database_.execute("DROP INDEX IF EXISTS number_by_id; DROP INDEX IF EXISTS text_by_id");
}

}  // namespace tributary
