// What entities take of others: links from records to the entities they take something of, and the republishing of
// dependents when that changes.
#include <fmt/format.h>

#include <algorithm>

#include "core/change/slices.hpp"
#include "core/change/through.hpp"
#include "core/model/id.hpp"
#include "core/publish/pending_message.hpp"
#include "core/runtime/preparation_subject.hpp"

namespace tributary {

namespace {

constexpr std::size_t dependents_per_page = 500;
constexpr std::size_t pending_per_transaction = 1'000;

std::string_view member_of(std::string_view document, std::string_view name) {
    Slice member;
    for (Slices members(document); members.next(member);)
        if (member.name == name) return member.value;
    return {};
}

std::string_view id_in(std::string_view document, std::string_view name) {
    const std::string_view value = member_of(document, name);
    return value.size() < 2 || value.front() != '"' ? std::string_view() : value.substr(1, value.size() - 2);
}

}  // namespace

std::optional<EntityNo> Preparation::entity_with_tag_of(std::string_view id) const {
    const std::string_view tag = id.substr(0, id.find('_'));
    const auto found = std::ranges::find(setup_.entities, tag, &EntityInfo::tag);
    if (found == setup_.entities.end()) return std::nullopt;
    return static_cast<EntityNo>(found - setup_.entities.begin());
}

/// A record's document with what it takes of others as they are now.
Result<std::string_view> Preparation::resolve(std::string_view document, Prepared& out) {
    const auto throughs = throughs_of(document, out.arena);
    if (throughs.empty()) return document;
    std::vector<std::string_view> ids;
    for (const Through& through : throughs) {
        const auto entity = entity_with_tag_of(through.id);
        const auto id = entity ? parse_id(setup_.entities[*entity].tag, through.id) : std::nullopt;
        std::string_view target;
        if (id) {
            auto found = target_of(*entity, *id, through.key, out);
            if (!found) return found;
            target = *found;
        }
        ids.push_back(id_in(target, through.take));
    }
    return resolved(document, ids, out.arena);
}

/// The entity as consumers have it. One with a single record is kept under its row's key alone: the key it is known by
/// leads to it, and the id says whether it is the one.
Result<std::string_view> Preparation::target_of(EntityNo entity, const EntityId& id, std::string_view key,
                                                Prepared& out) {
    auto folded = entity_of(entity, id, out);
    if (!folded || !folded->empty()) return folded;
    for (const StreamInfo* stream : setup_.streams) {
        if (stream->adds || stream->entity.value_or(entity) != entity) continue;
        auto state = state_at(stream->no, key, out);
        if (!state) return std::unexpected(state.error());
        if (*state && (*state)->entity == entity && (*state)->id == id) return (*state)->document;
    }
    return std::string_view();
}

void Preparation::relink(const Subject& subject, std::string_view before, std::string_view after, Prepared& out) {
    auto old_targets = throughs_of(before, out.arena);
    auto new_targets = throughs_of(after, out.arena);
    const auto write = [&](const std::vector<Through>& list, const std::vector<Through>& others, bool erase) {
        for (const Through& through : list) {
            if (std::ranges::find(others, through.id, &Through::id) != others.end()) continue;
            const auto entity = entity_with_tag_of(through.id);
            const auto id = entity ? parse_id(setup_.entities[*entity].tag, through.id) : std::nullopt;
            if (!id) continue;
            if (!erase) link_writes_.emplace(*id, out.links.size());
            out.links.push_back({*entity, *id, subject.stream.no, subject.key, erase});
        }
    };
    write(old_targets, new_targets, true);
    write(new_targets, old_targets, false);
}

/// Of an entity that was published: has it changed in what others may take?
void Preparation::touch(const Subject& subject, EntityNo entity, const EntityId& id, std::string_view before,
                        std::string_view after, const Prepared& out) {
    if (!store_->has_dependents(entity) && !link_writes_.contains(id)) return;
    const auto same = [&](const std::string& name) { return member_of(before, name) == member_of(after, name); };
    if (std::ranges::all_of(setup_.entities[entity].references, same)) return;
    latest_touch_[id] = ++touches_;
    touched_.push_back({{entity, id, subject.cause(), subject.time(), {}}, out.links.size(), touches_, false});
}

bool Preparation::spent(const Prepared& out) const {
    return dependents_held_ || dependents_seen_ >= setup_.most_dependents ||
           out.bytes - bytes_before_dependents_ >= setup_.most_dependent_bytes;
}

/// Looks at the dependents of what changed in this transaction, and before that of what was left by earlier ones, until
/// the transaction has enough of them. The rest is left to the next ones, and the log says so.
Result<> Preparation::settle_dependents(Prepared& out) {
    dependents_seen_ = 0;
    bytes_before_dependents_ = out.bytes;
    if (auto done = take_up_pending(out); !done) return done;
    while (!touched_.empty()) {
        Touched touched = touched_.front();
        touched_.pop_front();
        if (latest_touch_[touched.pending.id] != touched.number) continue;
        auto whole = settle(touched, out);
        if (!whole) return std::unexpected(whole.error());
        if (!*whole)
            leave_pending(touched, out);
        else if (auto done = settled(touched, out); !done)
            return done;
    }
    return {};
}

Result<> Preparation::take_up_pending(Prepared& out) {
    if (!store_->has_pending() || dependents_held_) return {};
    auto pending = store_->pending(pending_per_transaction, out.arena);
    if (!pending) return std::unexpected(pending.error());
    for (auto left = pending->rbegin(); left != pending->rend(); ++left) {
        const bool again = !latest_touch_.emplace(left->id, touches_ + 1).second;
        if (!again) touched_.push_front({*left, 0, ++touches_, true});
    }
    return {};
}

/// False: not all of its dependents were looked at; `after` then says how far it came.
Result<bool> Preparation::settle(Touched& touched, Prepared& out) {
    std::vector<std::size_t> writes;
    auto [first, last] = link_writes_.equal_range(touched.pending.id);
    for (; first != last; ++first)
        if (first->second < touched.links) writes.push_back(first->second);
    std::ranges::sort(writes);
    std::vector<Dependent> fresh;
    for (const std::size_t index : writes) fresh.push_back({out.links[index].stream, out.links[index].key});
    auto whole = refold_dependents(fresh, touched, false, out);
    while (whole && *whole) {
        const std::size_t most = spent(out) ? 1 : dependents_per_page;
        auto page =
            store_->dependents(touched.pending.entity, touched.pending.id, touched.pending.after, most, out.arena);
        if (!page) return std::unexpected(page.error());
        if (page->empty()) return true;
        whole = refold_dependents(*page, touched, true, out);
        if (page->size() < most) return whole;
    }
    return whole;
}

Result<bool> Preparation::refold_dependents(std::span<const Dependent> dependents, Touched& touched, bool in_order,
                                            Prepared& out) {
    for (const Dependent& dependent : dependents) {
        if (spent(out)) return false;
        if (auto done = refold_dependent(dependent, touched, out); !done) return std::unexpected(done.error());
        if (!in_order) continue;
        touched.pending.after = dependent;
        touched.moved = true;
    }
    return true;
}

Result<> Preparation::refold_dependent(const Dependent& dependent, const Touched& touched, Prepared& out) {
    ++dependents_seen_;
    const auto stream = std::ranges::find(setup_.streams, dependent.stream, &StreamInfo::no);
    auto state = state_at(dependent.stream, dependent.key, out);
    if (!state) return std::unexpected(state.error());
    if (!*state || stream == setup_.streams.end()) return {};
    Row row;
    row.source_time = touched.pending.at;
    Work work;
    work.batch.cause = touched.pending.cause;
    const Subject subject{**stream, row, dependent.key, work};
    auto fits = refold(subject, (*state)->entity, (*state)->id, nullptr, out);
    if (!fits) return std::unexpected(fits.error());
    return *fits ? Result<>{}
                 : reject(subject, {"publish", "the entity is larger than the broker takes", {}, {}, 0}, out);
}

/// In the log, so that who comes after us knows of it; how far it came is only the cache's.
void Preparation::leave_pending(const Touched& touched, Prepared& out) {
    if (touched.told && !touched.moved) return;
    out.pending.push_back({touched.pending, false});
    if (!touched.told) pending_message(touched.pending, false, out);
}

Result<> Preparation::settled(const Touched& touched, Prepared& out) {
    if (!store_->has_pending()) return {};
    const Pending& pending = touched.pending;
    auto known = store_->find_pending(pending.entity, pending.id, out.arena);
    if (!known) return std::unexpected(known.error());
    if (!*known) return {};
    out.pending.push_back({pending, true});
    pending_message(pending, true, out);
    return {};
}

void Preparation::pending_message(const Pending& pending, bool erase, Prepared& out) {
    Outgoing message;
    message.topic = setup_.topics.records;
    message.key = out.arena.copy(pending_key(id_text(setup_.entities[pending.entity].tag, pending.id)));
    if (!erase) message.value = out.arena.copy(encode_pending(pending));
    out.messages.push_back(message);
}

}  // namespace tributary
