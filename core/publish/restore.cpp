#include "core/publish/restore.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <charconv>

#include "core/change/slices.hpp"
#include "core/change/through.hpp"
#include "core/model/id.hpp"
#include "core/publish/pending_message.hpp"

namespace tributary {

namespace {

constexpr std::uint64_t writes_per_commit = 20'000;

std::string text_of(std::string_view json_string) {
    rapidjson::Document value;
    value.Parse<rapidjson::kParseValidateEncodingFlag>(json_string.data(), json_string.size());
    return value.IsString() ? std::string(value.GetString(), value.GetStringLength()) : std::string();
}

Error unreadable(const ReadMessage& message) {
    return {Verdict::stop, "event_unreadable",
            fmt::format("{}/{} offset {} is no event of this version: the cache cannot be restored from it",
                        message.topic, message.partition, message.offset)};
}

}  // namespace

bool read_event_body(std::string_view body, EventBody& out) {
    bool has_after = false;
    bool has_origin = false;
    Slice member;
    for (Slices members(body); members.next(member);) {
        if (member.name == "after") {
            out.after = member.value == "null" ? std::string_view() : member.value;
            has_after = true;
        } else if (member.name == "origin") {
            Slice first;
            if (Slices origins(member.value); !origins.next(first)) return false;
            Slice field;
            for (Slices fields(first.value); fields.next(field);) {
                if (field.name == "source") out.source = text_of(field.value);
                if (field.name == "stream") out.stream = text_of(field.value);
                if (field.name == "key") out.key = text_of(field.value);
                if (field.name == "position") out.position = text_of(field.value);
            }
            has_origin = !out.source.empty() && !out.stream.empty() && !out.key.empty();
        }
    }
    return has_after && has_origin;
}

Restore::Restore(Store& store, const TopicTable& topics, std::vector<Names> entities,
                 std::function<Keeping(std::string_view)> keeping)
    : store_(store), topics_(topics), entities_(std::move(entities)), keeping_(std::move(keeping)) {}

Result<> Restore::apply(const ReadMessage& message) {
    const auto found = std::ranges::find(topics_.names(), message.topic);
    const auto topic = static_cast<TopicNo>(found - topics_.names().begin());
    ++applied_;
    if (topic < topics_.entities())
        return message.value ? apply_event(topic, message) : apply_tombstone(topic, message);
    if (topic == topics_.records()) return apply_record(message);
    if (topic == topics_.dead_letter()) return apply_dead_letter(message);
    return {};
}

Result<> Restore::apply_event(EntityNo entity, const ReadMessage& message) {
    const auto id = parse_id(entities_[entity].tag, message.key);
    EventBody body;
    if (!id || !read_event_body(*message.value, body)) return std::unexpected(unreadable(message));
    const Keeping keeping = keeping_(fmt::format("{}/{}", body.source, body.stream));
    auto stream = store_.stream(body.source, body.stream);
    if (!stream) return std::unexpected(stream.error());
    if (keeping == Keeping::alone) return put_alone(entity, *id, *stream, body);
    const auto recorded = keeping == Keeping::joined ? has_record(entity, *id, *stream, body.key) : Result<bool>(true);
    if (!recorded) return std::unexpected(recorded.error());
    const std::string_view document = *recorded ? body.after : std::string_view();
    if (auto done = store_.write(EntityWrite{entity, *id, document}); !done) return done;
    return *recorded ? after_write() : put_alone(entity, *id, *stream, body);
}

Result<> Restore::put_alone(EntityNo entity, const EntityId& id, StreamNo stream, const EventBody& body) {
    if (body.after.empty())
        deleted_.insert(id);
    else
        deleted_.erase(id);
    return put({stream, body.key, body.after.empty(), false, {entity, id, body.after, row_version(body.position)}});
}

Result<bool> Restore::has_record(EntityNo entity, const EntityId& id, StreamNo stream, std::string_view key) {
    Arena arena;
    const auto members = store_.members(entity, id, arena);
    if (!members) return std::unexpected(members.error());
    return std::ranges::any_of(*members, [&](const Member& m) { return m.stream == stream && m.key == key; });
}

/// Compaction may have left the tombstone without the delete event that named the record.
Result<> Restore::apply_tombstone(EntityNo entity, const ReadMessage& message) {
    const auto id = parse_id(entities_[entity].tag, message.key);
    if (!id) return std::unexpected(unreadable(message));
    if (deleted_.contains(*id)) return {};
    if (auto done = store_.erase_by_id(entity, *id); !done) return done;
    return after_write();
}

Result<> Restore::apply_pending(std::string_view id, const ReadMessage& message) {
    const auto entity = std::ranges::find(entities_, id.substr(0, id.find('_')), &Names::tag);
    const auto parsed = entity == entities_.end() ? std::nullopt : parse_id(entity->tag, id);
    PendingWrite write{{static_cast<EntityNo>(entity - entities_.begin()), parsed.value_or(EntityId{})},
                       !message.value};
    if (!parsed || (message.value && !decode_pending(*message.value, write.pending)))
        return std::unexpected(unreadable(message));
    if (auto done = store_.write(write); !done) return done;
    return after_write();
}

/// What the record takes of others.
Result<> Restore::relink(const StateWrite& write) {
    Arena arena;
    for (const Through& through : throughs_of(write.state.document, arena)) {
        const auto entity = std::ranges::find(entities_, through.id.substr(0, through.id.find('_')), &Names::tag);
        const auto id = entity == entities_.end() ? std::nullopt : parse_id(entity->tag, through.id);
        if (!id) continue;
        const auto number = static_cast<EntityNo>(entity - entities_.begin());
        if (auto done = store_.write(LinkWrite{number, *id, write.stream, write.key, write.erase}); !done) return done;
    }
    return {};
}

/// One that was published alone and now has a record: what consumers have is the entity so far, unless an event of
/// another row, which is read from another partition, has said more since. One that stays alone is not gone with a
/// record that it does not have: its own events say when it is.
Result<> Restore::forget(const StateWrite& last, bool replaced) {
    const auto recorded = has_record(last.state.entity, last.state.id, last.stream, last.key);
    if (!recorded) return std::unexpected(recorded.error());
    if (!*recorded) {
        if (!replaced) return {};
        Arena arena;
        const auto newer = store_.find_entity(last.state.entity, last.state.id, arena);
        if (!newer) return std::unexpected(newer.error());
        if (newer->empty())
            if (auto done = store_.write(EntityWrite{last.state.entity, last.state.id, last.state.document}); !done)
                return done;
    }
    if (auto unlinked = relink(last); !unlinked) return unlinked;
    return put(last);
}

Result<> Restore::apply_record(const ReadMessage& message) {
    if (const auto id = pending_id(message.key)) return apply_pending(*id, message);
    auto name = record_name(message.key);
    if (!name) return std::unexpected(name.error());
    Arena arena;
    auto known = store_.find(name->stream, name->key, arena);
    if (!known) return std::unexpected(known.error());
    // also when another version follows: the record may have left its entity for another one
    if (*known)
        if (auto gone = forget({name->stream, name->key, true, true, **known}, message.value.has_value()); !gone)
            return gone;
    if (!message.value) return {};
    StateWrite write{name->stream, name->key, false, true, {}};
    Slice member;
    std::string entity_name;
    std::string id_text;
    for (Slices members(*message.value); members.next(member);) {
        if (member.name == "entity") entity_name = text_of(member.value);
        if (member.name == "id") id_text = text_of(member.value);
        if (member.name == "record") write.state.document = member.value;
    }
    const auto entity = std::ranges::find(entities_, entity_name, &Names::name);
    if (entity == entities_.end()) return std::unexpected(unreadable(message));
    const auto id = parse_id(entity->tag, id_text);
    if (!id) return std::unexpected(unreadable(message));
    write.state.entity = static_cast<EntityNo>(entity - entities_.begin());
    write.state.id = *id;
    if (auto linked = relink(write); !linked) return linked;
    return put(write);
}

Result<> Restore::apply_dead_letter(const ReadMessage& message) {
    auto name = record_name(message.key);
    if (!name) return std::unexpected(name.error());
    AsideWrite write{name->stream, name->key, !message.value, {}};
    if (message.value) {
        Slice member;
        for (Slices members(*message.value); members.next(member);) {
            if (member.name != "hash") continue;
            const std::string hex = text_of(member.value);
            std::from_chars(hex.data(), hex.data() + hex.size(), write.aside.hash, 16);
        }
    }
    if (auto done = store_.write(write); !done) return done;
    return after_write();
}

/// Names of sources and streams hold no slash, keys may.
Result<Restore::RecordName> Restore::record_name(std::string_view key) {
    const auto first = key.find('/');
    const auto second = first == std::string_view::npos ? first : key.find('/', first + 1);
    if (second == std::string_view::npos)
        return fail(Verdict::stop, "event_unreadable", fmt::format("'{}' is no source/stream/key", key));
    auto stream = store_.stream(key.substr(0, first), key.substr(first + 1, second - first - 1));
    if (!stream) return std::unexpected(stream.error());
    return RecordName{*stream, key.substr(second + 1)};
}

Result<> Restore::put(const StateWrite& write) {
    if (auto done = store_.write(write); !done) return done;
    return after_write();
}

/// Bounds the store's transaction. The number stays: a restore that is cut short starts again.
Result<> Restore::after_write() {
    if (++uncommitted_ < writes_per_commit) return {};
    uncommitted_ = 0;
    return store_.commit({store_.commit_number(), store_.committed_at(), {}});
}

}  // namespace tributary
