#include "core/configuration/source_options.hpp"

#include <algorithm>

#include "core/mapping/mapping.hpp"

namespace tributary {

std::vector<Option> source_options_of(const Connector& connector) {
    const auto core = core_source_options();
    const auto own = connector.source_options();
    std::vector<Option> all(core.begin(), core.end());
    all.insert(all.end(), own.begin(), own.end());
    const auto lookups = std::ranges::find(all, "lookups", &Option::name);
    lookups->fields = connector.lookup_options();
    if (lookups->fields.empty()) all.erase(lookups);
    return all;
}

}  // namespace tributary
