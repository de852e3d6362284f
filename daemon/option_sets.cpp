#include "daemon/option_sets.hpp"

#include <algorithm>

#include "core/mapping/mapping.hpp"

namespace tributary {

namespace {

/// A connector may say more about an option the core has as well (`key`): its word counts, at the core's place.
std::vector<Option> joined(std::span<const Option> core, std::span<const Option> own) {
    std::vector<Option> all(core.begin(), core.end());
    for (const Option& option : own) {
        auto same = std::ranges::find(all, option.name, &Option::name);
        if (same == all.end())
            all.push_back(option);
        else
            *same = option;
    }
    return all;
}

}  // namespace

std::vector<Option> stream_options_of(const Connector& connector) {
    return joined(core_stream_options(), connector.stream_options());
}

}  // namespace tributary
