#include "connectors/http_json/feed.hpp"

namespace tributary::http_json {

Error ListFeed::repeated_page() const {
    const Paging& paging = definition_.paging;
    std::string why = "the links to the next page lead to the first one";
    if (paging.style != Style::link && paging.style != Style::header)
        why = "the API does not seem to take the parameter '" + paging.parameter +
              "'; `paging: parameter` must be the API's own name for it";
    return connection_.fault(
        Verdict::stop, "paging_ignored",
        "a later page of " + definition_.stream + " is the first one again, whatever is asked for: " + why);
}

/// Reads on as a load does until a page follows the first one, or none does: `paging_ignored`.
Result<void> ListFeed::try_paging(std::stop_token stop) const {
    if (definition_.paging.style == Style::whole) return {};
    constexpr int most_pulls = 50;  // pages that are longer than a batch come in parts
    ListFeed reader(definition_, service_, Reads::all);
    Position at;
    for (int pulls = 0, pages = 0; pulls < most_pulls; ++pulls) {
        const auto batch = reader.pull(at, {}, stop);
        if (!batch) return std::unexpected(batch.error());
        at = batch->next;
        const auto position = walk::read_list_position(at);
        if (!position) return std::unexpected(position.error());
        if (position->given == 0) ++pages;
        if (!batch->more || (pages > 1 && position->repeats == 0)) break;
    }
    return {};
}

}  // namespace tributary::http_json
