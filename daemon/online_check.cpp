#include "daemon/online_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

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

const Node* child_of(const Node* node, std::string_view name) { return node == nullptr ? nullptr : node->find(name); }

/// Where the options name it: what is wrong with a key is shown there, though a field reads the same column.
const Place* find_option(const Node& stream, const std::string& column) {
    for (const char* const option : {"key", "watermark"})
        if (const Node* const node = stream.find(option))
            if (const Place* const place = find_spelled(*node, column)) return place;
    const std::size_t dot = column.find('.');
    const Node* const include =
        dot == std::string::npos ? nullptr : child_of(stream.find("include"), column.substr(0, dot));
    return include == nullptr ? nullptr : find_spelled(*include, column.substr(dot + 1));
}

/// Where the stream spells a path, or the longest beginning of it.
Place place_of(const Finding& finding, const StreamConfiguration& stream) {
    if (finding.column.empty()) return stream.place;
    if (const Place* const option = find_option(*stream.node, finding.column)) return *option;
    const auto& columns = stream.mapping->columns();
    for (std::string path = finding.column;;) {
        const auto named = std::ranges::find(columns, path, &Mapping::Column::name);
        if (named != columns.end() && named->place.file != nullptr) return named->place;
        if (const Place* const spelled = find_spelled(*stream.node, path)) return *spelled;
        const std::size_t dot = path.rfind('.');
        if (dot == std::string::npos) return stream.place;
        path.resize(dot);
    }
}

Place place_of(const Finding& finding, const LookupConfiguration& lookup) {
    const auto taken = std::ranges::find(lookup.takes, finding.column, &Mapping::Column::name);
    if (taken != lookup.takes.end()) return taken->place;
    const Place* spelled = lookup.node == nullptr ? nullptr : find_spelled(*lookup.node, finding.column);
    return spelled != nullptr ? *spelled : lookup.place;
}

/// Nothing that one stream is about: the source as a whole cannot be asked.
bool concerns_source(const Error& error) {
    constexpr std::array<std::string_view, 16> codes{"bad_certificate",  "bad_client_certificate",
                                                     "bad_credentials",  "bad_proxy_credentials",
                                                     "bad_tls_settings", "cannot_connect",
                                                     "cannot_open",      "no_database",
                                                     "no_tls",           "not_a_database",
                                                     "not_http",         "proxy_refused",
                                                     "source_away",      "timed_out",
                                                     "tls_failed",       "unreachable"};
    return std::ranges::find(codes, error.code) != codes.end();
}

/// The option that it is about, where the source has it; else the source.
Place place_of(const SourceConfiguration& source, const Error& error) {
    const auto of = [&](std::initializer_list<std::string_view> options) {
        for (const std::string_view option : options)
            if (const Node* const node = child_of(source.node, option)) return node->place;
        return source.place;
    };
    if (error.code == "bad_credentials") return of({"password", "token", "api_key", "oauth2", "dsn", "user"});
    if (error.code == "bad_proxy_credentials" || error.code == "proxy_refused") return of({"proxy"});
    if (error.code == "bad_client_certificate") return of({"tls"});
    if (error.code == "no_database" || error.code == "cannot_open") return of({"database", "path", "dsn"});
    return of({"url", "dsn", "host"});
}

bool is_used(const LookupConfiguration& lookup, const SourceConfiguration& source, const OnlineCheck::Chosen& chosen) {
    return std::ranges::any_of(source.streams, [&](const StreamConfiguration& stream) {
        const auto& uses = stream.mapping->lookups();
        return chosen(stream.name) && std::ranges::find(uses, lookup.name, &Mapping::Lookup::name) != uses.end();
    });
}

}  // namespace

bool OnlineCheck::check(SourceConfiguration& source, const Chosen& chosen, std::stop_token stop) {
    bool good = true;
    closed_ = false;
    const auto& feeds = source.source->feeds();
    for (std::size_t i = 0; i < feeds.size(); ++i) {
        const auto feed = source.source->open(i);
        for (std::uint32_t s = 0; s < feeds[i].streams.size() && !closed_; ++s)
            if (chosen(feeds[i].streams[s]))
                good = check(source, *source.stream(feeds[i].streams[s]), *feed, s, stop) && good;
    }
    for (std::size_t i = 0; i < source.lookups.size() && !closed_; ++i)
        if (is_used(source.lookups[i], source, chosen)) good = check_lookup(source, i, stop) && good;
    return good;
}

bool OnlineCheck::check(const SourceConfiguration& source, const StreamConfiguration& stream, Feed& feed,
                        std::uint32_t index, std::stop_token stop) {
    std::vector<std::string> columns;
    for (const auto& column : stream.mapping->columns()) columns.push_back(column.name);
    const auto findings = feed.check(index, columns, std::move(stop));
    if (!findings) {
        unanswered(source, stream.place, findings.error());
        return false;
    }
    return tell(*findings, [&](const Finding& finding) { return place_of(finding, stream); });
}

/// That a whole read is not served by an index is no fault.
bool OnlineCheck::check_lookup(const SourceConfiguration& source, std::size_t index, std::stop_token stop) {
    const LookupConfiguration& lookup = source.lookups[index];
    std::vector<std::string> columns;
    for (const auto& column : lookup.takes) columns.push_back(column.name);
    auto findings = source.source->open_lookup(index)->check(0, columns, std::move(stop));
    if (!findings) {
        unanswered(source, lookup.place, findings.error());
        return false;
    }
    std::erase_if(*findings, [](const Finding& finding) { return finding.severity != Severity::error; });
    return tell(*findings, [&](const Finding& finding) { return place_of(finding, lookup); });
}

bool OnlineCheck::tell(const std::vector<Finding>& findings, const std::function<Place(const Finding&)>& place_of) {
    bool good = true;
    for (const Finding& finding : findings) {
        const Place place = place_of(finding);
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

void OnlineCheck::unanswered(const SourceConfiguration& source, const Place& place, const Error& error) {
    const std::string what = redactor_.redact(error.what);
    closed_ = concerns_source(error);
    const Place& shown = closed_ ? place_of(source, error) : place;
    // a daemon tries again, as somebody may mend it; whoever asks now is the one to mend it
    constexpr std::array<std::string_view, 6> wrong{
        "bad_credentials", "bad_client_certificate", "bad_proxy_credentials", "cannot_open", "no_database", "not_json"};
    if (error.verdict == Verdict::retry && std::ranges::find(wrong, error.code) == wrong.end()) {
        ++unchecked_;
        diagnostics_.warning(shown, fmt::format("not checked, source '{}' is away: {}", source.name, what));
    } else {
        diagnostics_.error(shown, fmt::format("source '{}': {}", source.name, what));
    }
}

}  // namespace tributary
