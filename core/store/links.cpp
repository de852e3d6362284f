// Who takes something of whom, and whose dependents are still to be looked at.
#include "core/store/state_row.hpp"
#include "core/store/statements.hpp"
#include "core/store/store.hpp"

namespace tributary {

namespace {

/// The first columns of a row of `pending`.
Pending pending_in(const Statement& row, EntityNo entity, const EntityId& id, Arena& arena) {
    return {entity,
            id,
            static_cast<Cause>(row.integer(0)),
            row.integer(1),
            {static_cast<StreamNo>(row.integer(2)), arena.copy(row.blob(3))}};
}

}  // namespace

Result<> Store::load_links() {
    auto next = database_.prepare("SELECT target FROM link WHERE target>?1 ORDER BY target LIMIT 1");
    auto count = database_.prepare("SELECT count(*) FROM pending");
    if (!next || !count) return std::unexpected(corrupt("a table is missing"));
    targets_.clear();
    for (std::int64_t last = -1;;) {
        next->bind(1, last);
        const auto row = next->step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        last = next->integer(0);
        targets_.insert(static_cast<EntityNo>(last));
        next->reset();
    }
    if (const auto row = count->step(); !row) return std::unexpected(row.error());
    pending_ = pending_committed_ = count->integer(0);
    return {};
}

Result<std::vector<Dependent>> Store::dependents(EntityNo target, const EntityId& id, const Dependent& after,
                                                 std::size_t most, Arena& arena) {
    Statement& list = statements_->dependents;
    const std::string bytes = encode_id(id);
    list.bind(1, std::int64_t{target});
    list.bind_blob(2, bytes);
    list.bind(3, std::int64_t{after.stream});
    list.bind_blob(4, after.key.data() == nullptr ? std::string_view("") : after.key);
    list.bind(5, static_cast<std::int64_t>(most));
    std::vector<Dependent> found;
    for (;;) {
        const auto row = list.step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        found.push_back({static_cast<StreamNo>(list.integer(0)), arena.copy(list.blob(1))});
    }
    list.reset();
    return found;
}

Result<std::vector<Pending>> Store::pending(std::size_t most, Arena& arena) {
    Statement& list = statements_->pending;
    list.bind(1, static_cast<std::int64_t>(most));
    std::vector<Pending> found;
    for (;;) {
        const auto row = list.step();
        if (!row) return std::unexpected(row.error());
        if (!*row) break;
        found.push_back(pending_in(list, static_cast<EntityNo>(list.integer(4)), decode_id(list.blob(5)), arena));
    }
    list.reset();
    return found;
}

Result<std::optional<Pending>> Store::find_pending(EntityNo entity, const EntityId& id, Arena& arena) {
    Statement& find = statements_->find_pending;
    const std::string bytes = encode_id(id);
    find.bind(1, std::int64_t{entity});
    find.bind_blob(2, bytes);
    const auto row = find.step();
    if (!row) return std::unexpected(row.error());
    std::optional<Pending> found;
    if (*row) found = pending_in(find, entity, id, arena);
    find.reset();
    return found;
}

Result<> Store::write(const LinkWrite& write) {
    if (auto begun = begin(); !begun) return begun;
    Statement& statement = write.erase ? statements_->erase_link : statements_->put_link;
    const std::string id = encode_id(write.id);
    statement.bind(1, std::int64_t{write.target});
    statement.bind_blob(2, id);
    statement.bind(3, std::int64_t{write.stream});
    statement.bind_blob(4, write.key);
    if (!write.erase) targets_.insert(write.target);
    return statement.run();
}

Result<> Store::write(const PendingWrite& write) {
    if (auto begun = begin(); !begun) return begun;
    const Pending& pending = write.pending;
    Arena scratch;
    const auto known = find_pending(pending.entity, pending.id, scratch);
    if (!known) return std::unexpected(known.error());
    Statement& statement = write.erase ? statements_->erase_pending : statements_->put_pending;
    const std::string id = encode_id(pending.id);
    statement.bind(1, std::int64_t{pending.entity});
    statement.bind_blob(2, id);
    if (!write.erase) {
        statement.bind(3, static_cast<std::int64_t>(pending.cause));
        statement.bind(4, pending.at);
        statement.bind(5, std::int64_t{pending.after.stream});
        statement.bind_blob(6, pending.after.key.data() == nullptr ? std::string_view("") : pending.after.key);
    }
    if (auto done = statement.run(); !done) return done;
    pending_ += (write.erase ? 0 : 1) - (*known ? 1 : 0);
    return {};
}

}  // namespace tributary
