#include "core/runtime/stream_table.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/model/since.hpp"
#include "core/runtime/entities.hpp"

namespace tributary {

namespace {

std::string_view closed(std::string_view rest, Arena& arena) {
    char* const start = arena.allocate(rest.size() + 1);
    *std::ranges::copy(rest, start).out = '}';
    return {start, rest.size() + 1};
}

}  // namespace

StreamInfo stream_info(std::string_view tenant, std::string_view source, std::string_view stream) {
    StreamInfo info;
    info.source = source;
    info.name = stream;
    info.ce_source = fmt::format("/{}/{}/{}", tenant, source, stream);
    info.key_prefix = fmt::format("{}/{}/", source, stream);
    return info;
}

StreamTable::StreamTable() : entities_(entity_infos(catalogue())), fold_rules_(fold_rules(catalogue())) {}

Result<std::unique_ptr<StreamTable>> StreamTable::make(const Configuration& configuration, const StreamRoles& roles,
                                                       Store& store) {
    std::unique_ptr<StreamTable> table(new StreamTable());
    table->instance_ = configuration.instance;
    for (const auto& source : configuration.sources) {
        for (const auto& stream : source.streams) {
            const auto made = stream.mapping->parts();
            auto whole = table->add(stream_info(configuration.tenant, source.name, stream.name), stream, roles, store);
            if (!whole) return std::unexpected(whole.error());
            (*whole)->entity = made.front().entity;
            for (std::size_t i = 0; i < stream.parts.size() && !stream.parts[i].name.empty(); ++i) {
                StreamInfo info = **whole;
                info.name = part_name(stream.name, stream.parts[i].name);
                info.key_prefix = fmt::format("{}/{}/", source.name, info.name);
                info.parts.clear();
                info.part_of = *whole;
                info.entity = made[i].entity;
                auto part = table->add(std::move(info), stream, roles, store);
                if (!part) return std::unexpected(part.error());
                (*whole)->parts.push_back(*part);
            }
        }
    }
    for (const auto& [name, no] : store.streams()) {
        const auto role = roles.find(name);
        if (role != roles.end() && role->second.adds) table->adding_.insert(no);
        if (!table->streams_.contains(name)) table->add_retired(configuration.tenant, name, no, roles);
    }
    for (const auto& [name, info] : table->streams_)
        if (info.parts.empty()) table->known_.push_back(&info);
    return table;
}

Result<StreamInfo*> StreamTable::add(StreamInfo info, const StreamConfiguration& stream, const StreamRoles& roles,
                                     Store& store) {
    auto number = store.stream(info.source, info.name);
    if (!number) return std::unexpected(number.error());
    info.no = *number;
    std::string name = fmt::format("{}/{}", info.source, info.name);
    // with `emit` the stream as a whole makes nothing
    const auto role = roles.find(name);
    info.shared = role != roles.end() && role->second.shared;
    info.adds = role != roles.end() && role->second.adds;
    info.mapping = stream.mapping->fingerprint();
    info.compared = stream.deletes.has_value();
    precedence_[info.no] = stream.precedence;
    return &streams_.emplace(std::move(name), std::move(info)).first->second;
}

/// Its entities stay, and so do those that others take of them, or that they take of others.
void StreamTable::add_retired(std::string_view tenant, const std::string& name, StreamNo no, const StreamRoles& roles) {
    const std::size_t slash = std::min(name.find('/'), name.size());
    StreamInfo info = stream_info(tenant, name.substr(0, slash), name.substr(std::min(slash + 1, name.size())));
    info.no = no;
    if (const auto role = roles.find(name); role != roles.end()) {
        info.shared = role->second.shared;
        info.adds = role->second.adds;
    }
    streams_.emplace(name, std::move(info));
}

const StreamInfo& StreamTable::of(std::string_view source, std::string_view stream) const {
    return streams_.at(fmt::format("{}/{}", source, stream));
}

Preparation StreamTable::preparation(const Target& target, StateStore& store) const {
    Preparation::Setup setup;
    setup.instance = instance_;
    setup.entities = entities_;
    setup.topics = target.topics;
    setup.most_message_bytes = target.most_message_bytes;
    setup.most_dependents = target.most_dependents;
    setup.streams = known_;
    setup.fold = [this](EntityNo entity, std::span<const Member> members, Arena& arena) {
        return folded(entity, members, arena);
    };
    return {std::move(setup), store};
}

std::string_view StreamTable::folded(EntityNo entity, std::span<const Member> members, Arena& arena) const {
    // what others would add to an entity that nobody makes is no entity
    if (std::ranges::all_of(members, [&](const Member& member) { return adding_.contains(member.stream); })) return {};
    std::vector<RecordView> views;
    for (const Member& member : members) {
        // a stream that is no longer configured speaks last
        auto place = precedence_.find(member.stream);
        RecordView view{place == precedence_.end() ? UINT32_MAX : place->second, member.key, member.document};
        if (const auto [rest, since] = dated(member.document); !since.empty()) {
            view.since = since;
            view.document = closed(rest, arena);
        }
        views.push_back(view);
    }
    return fold(views, fold_rules_[entity], arena);
}

}  // namespace tributary
