#include "core/runtime/stream_table.hpp"

#include <fmt/format.h>

#include "core/runtime/entities.hpp"

namespace tributary {

StreamInfo stream_info(std::string_view tenant, std::string_view source, std::string_view stream) {
    StreamInfo info;
    info.source = source;
    info.name = stream;
    info.ce_source = fmt::format("/{}/{}/{}", tenant, source, stream);
    info.key_prefix = fmt::format("{}/{}/", source, stream);
    return info;
}

StreamTable::StreamTable() : entities_(entity_infos(catalogue())), fold_rules_(fold_rules(catalogue())) {}

Result<std::unique_ptr<StreamTable>> StreamTable::make(const Configuration& configuration, Store& store) {
    std::unique_ptr<StreamTable> table(new StreamTable());
    table->instance_ = configuration.instance;
    for (const auto& source : configuration.sources) {
        for (const auto& stream : source.streams) {
            auto number = store.stream(source.name, stream.name);
            if (!number) return std::unexpected(number.error());
            StreamInfo info = stream_info(configuration.tenant, source.name, stream.name);
            info.no = *number;
            info.shared = stream.shared;
            table->precedence_[info.no] = stream.precedence;
            table->streams_.emplace(fmt::format("{}/{}", source.name, stream.name), std::move(info));
        }
    }
    return table;
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
    setup.fold = [this](EntityNo entity, std::span<const Member> members, Arena& arena) {
        return folded(entity, members, arena);
    };
    return {std::move(setup), store};
}

std::string_view StreamTable::folded(EntityNo entity, std::span<const Member> members, Arena& arena) const {
    std::vector<RecordView> views;
    for (const Member& member : members) {
        // a stream that is no longer configured speaks last
        auto place = precedence_.find(member.stream);
        views.push_back({place == precedence_.end() ? UINT32_MAX : place->second, member.key, member.document});
    }
    return fold(views, fold_rules_[entity], arena);
}

}  // namespace tributary
