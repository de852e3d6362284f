#include <fmt/format.h>

#include "core/change/fold.hpp"
#include "core/change/slices.hpp"
#include "core/change/through.hpp"
#include "core/model/id.hpp"
#include "core/runtime/entities.hpp"
#include "tests/pipeline/ledger.hpp"

namespace tributary::simulation {

/// The record with what the other entities have according to their last events.
std::string_view Ledger::taken(std::string_view document, Arena& arena) const {
    std::vector<std::string_view> ids;
    for (const Through& through : throughs_of(document, arena)) {
        std::string_view id;
        for (const auto& [name, entity] : entities_) {
            Slice member;
            if (name.second == through.id)
                for (Slices members(entity.last_after); members.next(member);)
                    if (member.name == through.take) id = member.value.substr(1, member.value.size() - 2);
        }
        ids.push_back(id);
    }
    return ids.empty() ? document : resolved(document, ids, arena);
}

void Ledger::check_folds() {
    if (has_pending()) violated(rule::taken_is_theirs, fmt::format("dependents of {} wait", *pending_.begin()));
    static const std::vector<FoldRules> rules = fold_rules(catalogue());
    Arena arena;
    std::map<std::string, std::vector<RecordView>> members;
    for (const auto& [name, record] : records_) {
        Slice slice;
        std::string id;
        std::string_view document;
        for (Slices slices(record); !record.empty() && slices.next(slice);) {
            if (slice.name == "id") id = slice.value.substr(1, slice.value.size() - 2);
            if (slice.name == "record") document = slice.value;
        }
        if (!record.empty())
            members[id].push_back({static_cast<std::uint32_t>(name.stream), name.key, taken(document, arena)});
    }
    for (const auto& [id, entity] : entities_) {
        if (alone_.contains(id.second)) continue;
        const auto found = members.find(id.second);
        const std::string_view expected = found == members.end() ? "" : fold(found->second, rules[id.first], arena);
        if (expected != entity.last_after)
            violated(rule::entity_is_fold, fmt::format("{}: {} instead of {}", id.second, entity.last_after, expected));
    }
}

void Ledger::check_cache(Store& cache, Store& rebuilt) {
    if (cache.commit_number() != rebuilt.commit_number())
        differs(fmt::format("the cache is at {}, the log at {}", cache.commit_number(), rebuilt.commit_number()));
    check_streams(cache, rebuilt);
    check_entities(cache);
}

void Ledger::check_streams(Store& cache, Store& rebuilt) {
    for (std::size_t i = 0; i < world_.scenario->streams().size(); ++i) {
        const StreamDefinition& definition = world_.scenario->streams()[i];
        const StreamNo ours = *cache.stream(definition.source, definition.name);
        const StreamNo theirs = *rebuilt.stream(definition.source, definition.name);
        const auto keys = cache.keys_after(ours, "", 1'000);
        if (*keys != *rebuilt.keys_after(theirs, "", 1'000))
            differs(fmt::format("{}: the keys differ", definition.name));
        if (cache.rejects(ours) != rebuilt.rejects(theirs))
            differs(fmt::format("{}: the rejects differ", definition.name));
        for (const std::string& key : *keys) {
            Arena arena;
            const auto a = cache.find(ours, key, arena);
            const auto b = rebuilt.find(theirs, key, arena);
            if (!a || !b || !*a || !*b || (*a)->document != (*b)->document || (*a)->id != (*b)->id)
                differs(fmt::format("{}/{}: the states differ", definition.name, key));
            const bool rejected = is_rejected({i, key});
            const auto aside = cache.find_aside(ours, key).value();
            if ((aside && aside->published()) != rejected)
                differs(fmt::format("{}/{}: the rejects differ", definition.name, key));
        }
    }
}

void Ledger::check_entities(Store& cache) {
    if (cache.has_pending() != has_pending()) differs("the cache has other dependents to look at than the log");
    const Entity& customer = *catalogue().find("customer");
    for (const auto& [id, entity] : entities_) {
        if (alone_.contains(id.second)) continue;
        Arena arena;
        const EntityId number = *parse_id(catalogue()[id.first].tag, id.second);
        if (*cache.find_entity(id.first, number, arena) != entity.last_after)
            differs(fmt::format("{}: the cached entity differs", id.second));
        if (id.first != customer.number) continue;
        std::size_t expected = 0;
        for (const auto& [name, record] : records_) expected += record.find(id.second) != std::string::npos ? 1 : 0;
        const auto members = cache.members(customer.number, number, arena);
        if (members->size() != expected)
            differs(fmt::format("{}: {} members instead of {}", id.second, members->size(), expected));
    }
}

}  // namespace tributary::simulation
