#include "core/runtime/pipeline_setup.hpp"

#include <fmt/format.h>

namespace tributary {

Comparison::Setup comparison_setup(const SourceConfiguration& source, const StreamConfiguration& stream,
                                   const Pipeline::Stream& known, std::uint32_t index) {
    Comparison::Setup setup;
    setup.stream = index;
    setup.nos = {known.info->no};
    for (const StreamInfo* const part : known.info->parts) setup.nos.push_back(part->no);
    setup.name = fmt::format("{}/{}", source.name, stream.name);
    setup.deletes = stream.deletes.has_value();
    setup.policy = stream.deletes.value_or(DeletePolicy{});
    setup.sweep_every = stream.sweep_every;
    setup.key_of = [&mapping = *known.mapping](const Row& row) {
        Arena arena;
        Row gone = row;  // of a row that is gone only the key is mapped
        gone.op = Op::remove;
        return std::string(mapping.map(gone, arena).key);
    };
    return setup;
}

std::unique_ptr<LookupsInUse> lookups_in_use(std::span<const Pipeline::Stream> streams,
                                             std::span<const std::unique_ptr<Lookup>> lookups) {
    std::vector<LookupsInUse::Stream> users;
    users.reserve(streams.size());
    for (const auto& stream : streams) users.push_back({stream.info->name, stream.mapping.get()});
    auto used = std::make_unique<LookupsInUse>(users, lookups);
    if (used->none()) return nullptr;
    return used;
}

}  // namespace tributary
