#include "daemon/online_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tributary {

namespace {

/// The first scalar or key that spells `name`, such as the `table` or the `key` a finding is about.
const Place* find_spelled(const Node& node, std::string_view name) {
    if (node.is_scalar()) return node.scalar == name ? &node.place : nullptr;
    for (const Node& item : node.items)
        if (const Place* place = find_spelled(item, name)) return place;
    for (const auto& [key, key_place, value] : node.entries) {
        if (key == name) return &key_place;
        if (const Place* place = find_spelled(value, name)) return place;
    }
    return nullptr;
}

Place place_of(const Finding& finding, const StreamConfiguration& stream) {
    if (finding.column.empty()) return stream.place;
    const auto& columns = stream.mapping->columns();
    const auto named = std::ranges::find(columns, finding.column, &Mapping::Column::name);
    if (named != columns.end() && named->place.file != nullptr) return named->place;
    const Place* spelled = find_spelled(*stream.node, finding.column);
    return spelled != nullptr ? *spelled : stream.place;
}

}  // namespace

bool OnlineCheck::check(SourceConfiguration& source, const Chosen& chosen, std::stop_token stop) {
    bool good = true;
    const auto& feeds = source.source->feeds();
    for (std::size_t i = 0; i < feeds.size(); ++i) {
        const auto feed = source.source->open(i);
        for (std::uint32_t s = 0; s < feeds[i].streams.size(); ++s)
            if (chosen(feeds[i].streams[s]))
                good = check(source, *source.stream(feeds[i].streams[s]), *feed, s, stop) && good;
    }
    return good;
}

bool OnlineCheck::check(const SourceConfiguration& source, const StreamConfiguration& stream, Feed& feed,
                        std::uint32_t index, std::stop_token stop) {
    std::vector<std::string> columns;
    for (const auto& column : stream.mapping->columns()) columns.push_back(column.name);
    const auto findings = feed.check(index, columns, std::move(stop));
    if (!findings) {
        unanswered(source, stream, findings.error());
        return false;
    }
    bool good = true;
    for (const Finding& finding : *findings) {
        const Place place = place_of(finding, stream);
        const std::string message = redactor_.redact(finding.message);
        const bool error = finding.severity == Severity::error;
        good = good && !error;
        if (error)
            diagnostics_.error(place, message);
        else
            diagnostics_.warning(place, message);
    }
    return good;
}

void OnlineCheck::unanswered(const SourceConfiguration& source, const StreamConfiguration& stream, const Error& error) {
    const std::string what = redactor_.redact(error.what);
    if (error.verdict == Verdict::retry)
        diagnostics_.warning(stream.place, fmt::format("not checked, source '{}' is away: {}", source.name, what));
    else
        diagnostics_.error(stream.place, what);
}

}  // namespace tributary
