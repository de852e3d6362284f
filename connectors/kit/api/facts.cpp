#include "connectors/kit/table/facts.hpp"

#include <algorithm>
#include <utility>

#include "connectors/kit/api/reader.hpp"

namespace tributary::api {

Result<std::vector<table::ColumnType>> ApiReader::columns(std::optional<std::size_t> include, std::stop_token stop) {
    const auto object = known(include ? child_objects_.at(*include) : definition_.table, std::move(stop));
    if (!object) return std::unexpected(object.error());
    std::vector<table::ColumnType> all;
    for (const Field& field : (*object)->fields) all.push_back({field.name, field.type});
    return all;
}

/// What is wrong with a path's inner fields; empty: nothing. Behind a field of which the metadata does not say where it
/// leads nothing is known.
Result<std::string> ApiReader::wrong_path(const std::string& object, std::string_view path, std::stop_token stop) {
    std::string at = object;
    for (std::size_t dot = path.find('.');; dot = path.find('.')) {
        const auto metadata = known(at, stop);
        if (!metadata) return std::unexpected(metadata.error());
        if (!(*metadata)->found || !(*metadata)->readable)
            return "'" + at + "' cannot be read: " + std::string(remedy());
        const std::string_view name = path.substr(0, dot);
        const Field* const field = (*metadata)->field(name);
        if (field == nullptr) {
            const std::vector<std::string> names = (*metadata)->names();
            return "no field '" + std::string(name) + "' in " + at + std::string(unless()) +
                   did_you_mean(name, std::vector<std::string_view>(names.begin(), names.end()));
        }
        if (dot == std::string_view::npos || field->target.empty()) return std::string();
        at = field->target;
        path.remove_prefix(dot + 1);
    }
}

bool ApiReader::leads_to_include(std::string_view path) const {
    const std::string_view first = path.substr(0, path.find('.'));
    return std::ranges::any_of(definition_.includes, [&](const auto& include) { return include.name == first; });
}

/// Times without a zone of which none is declared: every row that has one would be rejected.
Result<void> ApiReader::add_wall_clocks(const std::string& object, const std::string& prefix, table::Facts& facts,
                                        std::stop_token stop) {
    if (!definition_.time_zone.empty()) return {};
    const std::string remedy =
        "and no time zone is declared: write `defaults: {time_zone: Europe/Berlin}`, or where these clocks are, at the "
        "source";
    for (const std::string& path : definition_.instants) {
        if (!path.starts_with(prefix) || (prefix.empty() && leads_to_include(path))) continue;
        std::string at = object;
        std::string_view rest = std::string_view(path).substr(prefix.size());
        const std::string first(rest.substr(0, rest.find('.')));
        for (std::size_t dot = 0; dot != std::string_view::npos && !at.empty();) {
            const auto metadata = known(at, stop);
            if (!metadata) return std::unexpected(metadata.error());
            dot = rest.find('.');
            const Field* const field = (*metadata)->field(rest.substr(0, dot));
            if (field == nullptr) break;
            if (dot == std::string_view::npos && field->wall_clock)
                facts.others.push_back({Severity::error, first,
                                        "'" + field->name + "' of " + at + " holds wall clocks, " + remedy +
                                            ", else each row that has one is rejected; `type: date` takes its day"});
            at = field->target;
            if (dot != std::string_view::npos) rest.remove_prefix(dot + 1);
        }
    }
    if (!prefix.empty() || !definition_.watermark) return {};
    const auto metadata = known(object, std::move(stop));
    if (!metadata) return std::unexpected(metadata.error());
    const Field* const stamp = (*metadata)->field(definition_.watermark->column);
    if (stamp != nullptr && stamp->wall_clock)
        facts.others.push_back({Severity::warning, stamp->name,
                                "watermark '" + stamp->name + "' of " + object + " holds wall clocks, " + remedy +
                                    "; without it polls read twelve hours further back"});
    return {};
}

Result<table::Facts> ApiReader::facts_of(const std::string& object, const std::string& prefix, std::stop_token stop) {
    const auto metadata = known(object, stop);
    if (!metadata) return std::unexpected(metadata.error());
    table::Facts facts{.found = (*metadata)->found,
                       .readable = (*metadata)->readable,
                       .has_indexes = false,
                       .tables = (*metadata)->others,
                       .noun = noun(),
                       .remedy = remedy(),
                       .unless = unless()};
    for (const Field& field : (*metadata)->fields) facts.columns.push_back({field.name, false});
    if (!facts.found || !facts.readable) return facts;
    for (const std::string& path : definition_.paths) {
        if (!path.starts_with(prefix)) continue;
        const std::string own = path.substr(prefix.size());
        const std::size_t dot = own.find('.');
        const std::string first = own.substr(0, dot);
        const bool is_include = prefix.empty() && leads_to_include(own);
        if (dot == std::string::npos || is_include) continue;
        const auto wrong = wrong_path(object, own, stop);
        if (!wrong) return std::unexpected(wrong.error());
        // an element of a list is named by its path
        const std::size_t second = own.find('.', dot + 1);
        const Field* const field = (*metadata)->field(first);
        if (field != nullptr) facts.columns.push_back({own.substr(0, second), false});
        if (!wrong->empty()) facts.others.push_back({Severity::error, own, own + ": " + *wrong});
        if (field != nullptr && !field->many &&
            std::ranges::find(definition_.paths, prefix + first) != definition_.paths.end())
            facts.others.push_back({Severity::error, first,
                                    "'" + first + "' is read as a value and, by '" + own +
                                        "', as what it leads to: read its key by a path as well"});
    }
    if (auto added = add_wall_clocks(object, prefix, facts, std::move(stop)); !added)
        return std::unexpected(added.error());
    return facts;
}

Result<table::Facts> ApiReader::facts(const table::Definition& definition, std::stop_token stop) {
    return facts_of(definition.table, "", std::move(stop));
}

/// Of an include whose field is not there, or `is_value` and leads nowhere.
table::Facts ApiReader::no_way(const Metadata& parent, bool is_value) const {
    table::Facts facts{.noun = is_value ? "field that leads to children and is called" : "field",
                       .of = definition_.table + (is_value ? std::string() : std::string(unless()))};
    for (const Field& field : parent.fields)
        if (!field.target.empty()) facts.tables.push_back(field.name);
    return facts;
}

Result<table::Facts> ApiReader::facts(const table::Include& include, std::stop_token stop) {
    std::string object = include.table;
    if (!include.field.empty()) {
        const auto own = known(definition_.table, stop);
        if (!own) return std::unexpected(own.error());
        const Field* const field = (*own)->field(include.field);
        if (field == nullptr || field->target.empty()) return no_way(**own, field != nullptr);
        object = field->target;
    }
    return facts_of(object, include.name + ".", std::move(stop));
}

}  // namespace tributary::api
