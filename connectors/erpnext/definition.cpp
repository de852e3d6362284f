#include "connectors/erpnext/definition.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "connectors/kit/http/settings.hpp"

namespace tributary::erpnext {
namespace {

constexpr std::string_view where_form = R"(expected filters in JSON, as [["company", "=", "Acme"]])";

std::vector<std::string> read_where(const Settings& settings, Diagnostics& diagnostics) {
    std::vector<std::string> terms;
    if (!settings.has("where")) return terms;
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(settings.text("where"));
    const auto is_term = [](const rapidjson::Value& term) {
        return term.IsArray() && (term.Size() == 3 || term.Size() == 4) && term[0].IsString() && term[1].IsString();
    };
    if (json.HasParseError() || !json.IsArray() || json.Empty() || !std::all_of(json.Begin(), json.End(), is_term)) {
        diagnostics.error(settings.place("where"), std::string(where_form));
        return terms;
    }
    for (const auto& term : json.GetArray()) {
        rapidjson::StringBuffer buffer;
        rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
        term.Accept(writer);
        terms.emplace_back(buffer.GetString(), buffer.GetSize());
    }
    return terms;
}

/// `customer.creation` is a field of what `customer` names, `lines.order.creation` of what `order` of the include
/// names.
void read_join(const std::string& name, const std::string& path, const Place& place, Documents& documents,
               Diagnostics& diagnostics) {
    const std::size_t dot = path.rfind('.');
    const std::string by = path.substr(0, std::min(dot, path.size()));
    const auto link = std::ranges::find(documents.links, by, &std::pair<std::string, std::string>::first);
    if (dot == std::string::npos || dot + 1 == path.size())
        return diagnostics.error(place,
                                 "expected a column of `links` and a field of what it names, as customer.creation");
    if (link == documents.links.end())
        return diagnostics.error(place, "`links` does not say which doctype '" + by + "' names");
    documents.joins.push_back({.name = name, .by = by, .doctype = link->second, .take = path.substr(dot + 1)});
}

/// A join of an include is a column of the include, so both begin with its name.
void check_levels(const table::Definition& table, const Documents& documents, const Place& place,
                  Diagnostics& diagnostics) {
    const auto level_of = [&](const std::string& column) -> std::string {
        for (const table::Include& include : table.includes)
            if (column.starts_with(include.name + ".")) return include.name;
        return {};
    };
    for (const Join& join : documents.joins)
        if (level_of(join.name) != level_of(join.by))
            diagnostics.error(place, "'" + join.name + "' and '" + join.by + "' are columns of different rows");
}

/// Names come first in a key: pages go on behind them, and documents are asked for by them.
void check_key(const table::Definition& table, const Settings& settings, Diagnostics& diagnostics) {
    if (!table.key.empty() && table.key.front() != "name")
        diagnostics.error(settings.place("key"), "the key begins with `name`; more columns, as `creation`, may follow");
}

}  // namespace

std::vector<Join> Documents::joins_of(std::string_view include) const {
    const std::string prefix = include.empty() ? std::string() : std::string(include) + ".";
    std::vector<Join> all;
    for (const Join& join : joins) {
        if (prefix.empty() ? join.name.contains('.') : !join.name.starts_with(prefix)) continue;
        all.push_back(join);
        all.back().name.erase(0, prefix.size());
        all.back().by.erase(0, prefix.size());
    }
    return all;
}

std::vector<std::pair<std::string, std::string>> Documents::own_links() const {
    auto own = links;
    std::erase_if(own,
                  [&](const auto& link) { return std::ranges::find(joins, link.first, &Join::name) != joins.end(); });
    return own;
}

Filters Documents::filters() const {
    Filters filters;
    for (const std::string& term : where) filters.add_json(term);
    return filters;
}

Stream define_lookup(const StreamSettings& lookup, Diagnostics& diagnostics) {
    Stream stream{.table = table::define_lookup(lookup, diagnostics, words.terms()), .documents = {}};
    stream.table.rounds_by_key = false;
    stream.documents.where = read_where(lookup.settings, diagnostics);
    return stream;
}

Stream define(const StreamSettings& settings, Diagnostics& diagnostics) {
    const Settings& options = settings.settings;
    Stream stream{.table = table::define(settings, diagnostics, words.terms()), .documents = {}};
    stream.table.rounds_by_key = false;  // by `modified` and name, as it is sorted and shown
    if (stream.table.watermark && !stream.table.watermark->overlap) stream.table.watermark->overlap = usual_overlap;
    check_key(stream.table, options, diagnostics);
    Documents& documents = stream.documents;
    documents.parent = options.text("parent");
    documents.where = read_where(options, diagnostics);
    documents.announcements = *options.duration("announcements");
    if (const Node* links = options.node("links")) documents.links = http::read_pairs(*links, diagnostics);
    if (const Node* join = options.node("join")) {
        for (const auto& [name, path] : http::read_pairs(*join, diagnostics))
            read_join(name, path, join->place, documents, diagnostics);
        check_levels(stream.table, documents, join->place, diagnostics);
    }
    return stream;
}

}  // namespace tributary::erpnext
