#include "core/runtime/preparation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/model/id.hpp"
#include "core/runtime/preparation_subject.hpp"

namespace tributary {

namespace {

std::string_view id_in(Arena& arena, const EntityInfo& entity, const EntityId& id) {
    char* const start = arena.allocate(longest_id);
    const char* const end = write_id(entity.tag, id, start);
    return {start, static_cast<std::size_t>(end - start)};
}

std::string_view bytes_of(const EntityId& id, Arena& arena) {
    char* const start = arena.allocate(sizeof id);
    std::memcpy(start, &id, sizeof id);
    return {start, sizeof id};
}

/// What a record's message has beside the record and its key: names, id, batch overhead.
constexpr std::size_t record_allowance = 1024;

/// Keys become message keys and headers; what is longer is no key.
constexpr std::size_t most_key_bytes = 4096;

}  // namespace

Result<> write(const Prepared& prepared, StateStore& store) {
    for (const auto& state : prepared.states)
        if (auto done = store.write(state); !done) return done;
    for (const auto& aside : prepared.aside)
        if (auto done = store.write(aside); !done) return done;
    for (const auto& entity : prepared.entities)
        if (auto done = store.write(entity); !done) return done;
    for (const auto& link : prepared.links)
        if (auto done = store.write(link); !done) return done;
    for (const auto& pending : prepared.pending)
        if (auto done = store.write(pending); !done) return done;
    return {};
}

Result<> Preparation::prepare(std::span<const std::unique_ptr<Work>> work, Prepared& out) {
    states_.clear();
    aside_.clear();
    entities_.clear();
    shared_writes_.clear();
    link_writes_.clear();
    touched_.clear();
    latest_touch_.clear();
    for (const auto& part : work) {
        for (const MappedRow& mapped : part->rows)
            if (auto done = row(*part, mapped, out); !done) return done;
    }
    if (auto done = settle_dependents(out); !done) return done;
    for (std::size_t i = 0; i < work.size(); ++i) {
        const bool last = std::none_of(work.begin() + static_cast<std::ptrdiff_t>(i) + 1, work.end(),
                                       [&](const auto& later) { return later->feed == work[i]->feed; });
        if (!last || work[i]->checkpoint_key.empty()) continue;
        Outgoing position;
        position.topic = setup_.topics.checkpoints;
        position.key = work[i]->checkpoint_key;
        if (!work[i]->checkpoint.empty()) position.value = work[i]->checkpoint;
        out.messages.push_back(position);
    }
    return {};
}

Result<> Preparation::row(const Work& work, const MappedRow& mapped, Prepared& out) {
    const Row& row = *mapped.row;
    const Subject subject{*work.streams[row.stream], row, mapped.key, work};
    if (mapped.reject != nullptr) return reject(subject, *mapped.reject, out);
    if (mapped.key.size() > most_key_bytes) {
        const Subject unnamed{subject.stream, row, {}, work};
        return reject(unnamed, {"decode", "the key is longer than 4096 bytes", {}, {}, 0}, out);
    }
    if (row.op == Op::truncate)
        return reject(subject, {"decode", "the table was emptied; only single deletes are followed", {}, {}, 0}, out);
    if (!subject.stream.parts.empty()) return parts(subject, mapped.records, out);
    if (row.op != Op::remove && !mapped.records.empty()) {
        for (const Record& record : mapped.records)
            if (auto done = accept(subject, record, out); !done) return done;
        return {};
    }
    auto prior = state_of(subject, out);
    if (!prior) return std::unexpected(prior.error());
    if (*prior)
        if (auto done = remove(subject, **prior, out); !done) return done;
    return row.op == Op::remove ? resolve_reject(subject, out) : leave_out(subject, out);
}

/// The records of a row of `emit`, each as a row of its own; one that the row no longer makes is gone.
Result<> Preparation::parts(const Subject& subject, std::span<const Record> records, Prepared& out) {
    for (std::size_t i = 0; i < subject.stream.parts.size(); ++i) {
        const Subject part{*subject.stream.parts[i], subject.row, subject.key, subject.work};
        const auto record = std::ranges::find(records, i, &Record::part);
        if (record != records.end()) {
            if (auto done = accept(part, *record, out); !done) return done;
            continue;
        }
        auto prior = state_of(part, out);
        if (!prior) return std::unexpected(prior.error());
        if (*prior)
            if (auto done = remove(part, **prior, out); !done) return done;
        if (auto done = resolve_reject(part, out); !done) return done;
    }
    return records.empty() && subject.row.op != Op::remove ? leave_out(subject, out) : resolve_reject(subject, out);
}

/// A record that was published alone, before its entity came to be shared: what consumers have is the entity so far.
Result<bool> Preparation::adopt(const Subject& subject, const State& prior, Prepared& out) {
    if (!subject.stream.shared || subject.stream.adds) return false;
    auto entity = entity_of(prior.entity, prior.id, out);
    if (!entity) return std::unexpected(entity.error());
    if (!entity->empty()) return false;
    entities_.put(prior.entity, bytes_of(prior.id, out.arena), out.entities.size());
    out.entities.push_back({prior.entity, prior.id, prior.document});
    return true;
}

Result<> Preparation::accept(const Subject& subject, const Record& record, Prepared& out) {
    auto prior = state_of(subject, out);
    if (!prior) return std::unexpected(prior.error());
    const bool same_entity = *prior && (*prior)->id == record.id && (*prior)->entity == record.entity;
    auto adopted = *prior ? adopt(subject, **prior, out) : Result<bool>(false);
    if (!adopted) return std::unexpected(adopted.error());
    // hashing is left to those who need it: rows that are read again mostly do not
    const auto state = [&] { return State{record.entity, record.id, record.document, subject.version()}; };
    if (same_entity && !*adopted && (*prior)->document == record.document && !subject.work.republish) {
        if (subject.stream.compared && (*prior)->version != subject.version()) set_state(subject, state(), false, out);
        if (!subject.stream.shared) return resolve_reject(subject, out);
        const auto refused = was_refused(subject, out);
        if (!refused) return std::unexpected(refused.error());
        // the record is as it was, but with what others say its entity was refused: it may fit by now
        if (!*refused) return resolve_reject(subject, out);
    }
    if (subject.stream.shared) return accept_shared(subject, state(), *prior, out);
    // a changed identity is a delete and a create
    if (*prior && !same_entity)
        if (auto done = remove(subject, **prior, out); !done) return done;
    const std::string_view before = same_entity ? (*prior)->document : std::string_view();
    if (!event(subject, record.entity, record.id, before, record.document, out)) {
        const Reject too_large{"publish", "the entity is larger than the broker takes", {}, {}, 0};
        return reject(subject, too_large, out);
    }
    set_state(subject, state(), false, out);
    return resolve_reject(subject, out);
}

Result<> Preparation::accept_shared(const Subject& subject, const State& state, const std::optional<State>& prior,
                                    Prepared& out) {
    const Member member{subject.stream.no, subject.key, state.document};
    if (state.document.size() > room_beside(record_allowance + subject.key.size()))
        return reject(subject, {"publish", "the record is larger than the broker takes", {}, {}, 0}, out);
    auto fits = refold(subject, state.entity, state.id, &member, out);
    if (!fits) return std::unexpected(fits.error());
    if (!*fits) return reject(subject, {"publish", "the entity is larger than the broker takes", {}, {}, 0}, out);
    if (prior && (prior->id != state.id || prior->entity != state.entity)) {
        set_state(subject, *prior, true, out);
        if (auto left = refold(subject, prior->entity, prior->id, nullptr, out); !left)
            return std::unexpected(left.error());
    }
    set_state(subject, state, false, out);
    relink(subject, prior ? prior->document : std::string_view(), state.document, out);
    record_message(subject, state, false, out);
    return resolve_reject(subject, out);
}

Result<> Preparation::remove(const Subject& subject, const State& prior, Prepared& out) {
    if (auto adopted = adopt(subject, prior, out); !adopted) return std::unexpected(adopted.error());
    set_state(subject, prior, true, out);
    if (!subject.stream.shared) {
        event(subject, prior.entity, prior.id, prior.document, {}, out);
        return {};
    }
    relink(subject, prior.document, {}, out);
    record_message(subject, prior, true, out);
    auto left = refold(subject, prior.entity, prior.id, nullptr, out);
    if (!left) return std::unexpected(left.error());
    return {};
}

/// Folds the entity anew, with `replaced` instead of its last record of that key, and publishes what differs.
/// False: too large for the broker, nothing was done.
Result<bool> Preparation::refold(const Subject& subject, EntityNo entity, const EntityId& id, const Member* replaced,
                                 Prepared& out) {
    auto members = members_of(entity, id, out);
    if (!members) return std::unexpected(members.error());
    if (replaced != nullptr) {
        std::erase_if(*members,
                      [&](const Member& m) { return m.stream == replaced->stream && m.key == replaced->key; });
        members->push_back(*replaced);
    }
    for (Member& member : *members) {
        auto document = resolve(member.document, out);
        if (!document) return std::unexpected(document.error());
        member.document = *document;
    }
    auto before = entity_of(entity, id, out);
    if (!before) return std::unexpected(before.error());
    const std::string_view after = members->empty() ? std::string_view() : setup_.fold(entity, *members, out.arena);
    // who only adds to entities neither makes nor deletes one
    if (subject.stream.adds && after.empty()) return true;
    if (*before == after && !subject.work.republish) return true;
    if (!event(subject, entity, id, *before, after, out)) return false;
    entities_.put(entity, bytes_of(id, out.arena), out.entities.size());
    out.entities.push_back({entity, id, after});
    return true;
}

Result<std::optional<State>> Preparation::state_of(const Subject& subject, Prepared& out) {
    return state_at(subject.stream.no, subject.key, out);
}

Result<std::optional<State>> Preparation::state_at(StreamNo stream, std::string_view key, Prepared& out) {
    const auto at = states_.find(stream, key);
    if (at < 0) return store_->find(stream, key, out.arena);
    const StateWrite& write = out.states[static_cast<std::size_t>(at)];
    if (write.erase) return std::optional<State>();
    return std::optional<State>(write.state);
}

Result<std::vector<Member>> Preparation::members_of(EntityNo entity, const EntityId& id, Prepared& out) {
    auto members = store_->members(entity, id, out.arena);
    if (!members) return members;
    auto [first, last] = shared_writes_.equal_range(id);
    std::vector<std::size_t> writes;
    for (; first != last; ++first) writes.push_back(first->second);
    std::ranges::sort(writes);
    for (const std::size_t index : writes) {
        const StateWrite& write = out.states[index];
        if (write.state.entity != entity) continue;
        std::erase_if(*members, [&](const Member& m) { return m.stream == write.stream && m.key == write.key; });
        if (!write.erase) members->push_back({write.stream, write.key, write.state.document});
    }
    return members;
}

Result<std::string_view> Preparation::entity_of(EntityNo entity, const EntityId& id, Prepared& out) {
    const auto at = entities_.find(entity, bytes_of(id, out.arena));
    if (at >= 0) return out.entities[static_cast<std::size_t>(at)].document;
    return store_->find_entity(entity, id, out.arena);
}

void Preparation::set_state(const Subject& subject, const State& state, bool erase, Prepared& out) {
    states_.put(subject.stream.no, subject.key, out.states.size());
    if (subject.stream.shared) shared_writes_.emplace(state.id, out.states.size());
    out.states.push_back({subject.stream.no, subject.key, erase, subject.stream.shared, state});
}

/// What a value may take beside so much of key and headers.
std::size_t Preparation::room_beside(std::size_t used) const {
    return setup_.most_message_bytes - std::min(setup_.most_message_bytes, used);
}

void Preparation::record_message(const Subject& subject, const State& state, bool erase, Prepared& out) {
    Outgoing record;
    record.topic = setup_.topics.records;
    record.key = subject.message_key(subject.key, out.arena);
    record.stream = &subject.stream.whole();
    if (!erase) {
        const EntityInfo& entity = setup_.entities[state.entity];
        record.value = out.arena.copy(fmt::format(R"({{"entity":"{}","id":"{}","record":{}}})", entity.name,
                                                  id_in(out.arena, entity, state.id), state.document));
        out.bytes += record.value->size();
    }
    out.messages.push_back(record);
}

/// Publishes the difference, if a consumer can see one. False: it does not fit into a message, and nothing was done.
bool Preparation::event(const Subject& subject, EntityNo entity, const EntityId& id, std::string_view before,
                        std::string_view after, Prepared& out) {
    if (!detector_.compare(before, after, change_)) {
        if (!subject.work.republish || after.empty()) return true;
        change_ = {ChangeType::updated, {}};
    }
    const EntityInfo& info = setup_.entities[entity];
    const std::size_t most = room_beside(header_allowance + longest_id);
    Arena& arena = out.arena;
    std::string_view body = event_body(before, after, change_.changed, subject.origin(), false, arena);
    if (body.size() > most) body = event_body({}, after, change_.changed, subject.origin(), true, arena);
    // a list of changes can be as large as the entity: the list as a whole is then what changed
    if (body.size() > most && !after.empty())
        body = event_body({}, after, std::vector<std::string>{""}, subject.origin(), true, arena);
    if (body.size() > most) return false;
    const std::string_view subject_id = id_in(arena, info, id);
    event_message(subject, entity, info.types[static_cast<std::size_t>(change_.type)], subject_id, body, out);
    if (after.empty()) event_message(subject, entity, info.types[EntityInfo::tombstone], subject_id, {}, out);
    out.events.push_back({&info, &subject.stream.whole(), change_.type, subject.cause(), subject_id, before, after});
    touch(subject, entity, id, before, after, out);
    return true;
}

void Preparation::event_message(const Subject& subject, EntityNo entity, std::string_view type, std::string_view id,
                                std::optional<std::string_view> body, Prepared& out) {
    Outgoing message;
    message.topic = setup_.entities[entity].topic;
    message.key = id;
    message.value = body;
    message.stream = &subject.stream.whole();
    message.event = true;
    message.head = {subject.stream.ce_source, id, type, subject.cause(), subject.time()};
    if (body) out.bytes += body->size();
    out.messages.push_back(message);
}

}  // namespace tributary
