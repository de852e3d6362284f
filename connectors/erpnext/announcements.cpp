#include "connectors/erpnext/announcements.hpp"

#include <rapidjson/document.h>

#include <algorithm>

#include "connectors/erpnext/failures.hpp"

namespace tributary::erpnext {
namespace {

constexpr unsigned parse_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
constexpr std::string_view opening = "<strong>";
constexpr std::string_view closing = "</strong>";

void add_key(const Announced& stream, const rapidjson::Value& row, std::vector<std::vector<std::string>>& keys) {
    std::vector<std::string> key;
    for (const std::string& column : stream.key) {
        const auto found = row.FindMember(column.c_str());
        if (found == row.MemberEnd() || !found->value.IsString() || found->value.GetStringLength() == 0) return;
        key.emplace_back(found->value.GetString(), found->value.GetStringLength());
    }
    keys.push_back(std::move(key));
}

/// A row of a table that does not say what it is may be one of the stream's: its name is asked for before it counts.
bool may_be(const rapidjson::Value& row, const std::string& doctype) {
    if (!row.IsObject()) return false;
    const auto said = row.FindMember("doctype");
    return said == row.MemberEnd() || (said->value.IsString() && said->value.GetString() == doctype);
}

}  // namespace

std::vector<std::string> Announced::renamed() const {
    std::vector<std::string> all{doctype};
    for (const auto& [column, target] : links) all.push_back(target);
    std::ranges::sort(all);
    const auto same = std::ranges::unique(all);
    all.erase(same.begin(), same.end());
    return all;
}

std::vector<std::vector<std::string>> deleted_keys(const Announced& stream, std::string_view doctype,
                                                   std::string_view data) {
    std::vector<std::vector<std::string>> keys;
    rapidjson::Document document;
    document.Parse<parse_flags>(data.data(), data.size());
    if (document.HasParseError() || !document.IsObject()) return keys;
    if (doctype == stream.doctype) {
        add_key(stream, document, keys);
        return keys;
    }
    if (doctype != stream.parent) return keys;
    for (const auto& member : document.GetObject()) {
        if (!member.value.IsArray()) continue;
        for (const auto& row : member.value.GetArray())
            if (may_be(row, stream.doctype)) add_key(stream, row, keys);
    }
    return keys;
}

std::vector<std::string> former_names(std::string_view comment, std::string_view now) {
    std::vector<std::string> former;
    for (std::size_t at = comment.find(opening); at != std::string_view::npos; at = comment.find(opening, at)) {
        at += opening.size();
        const std::size_t end = comment.find(closing, at);
        if (end == std::string_view::npos) break;
        std::string name = plain_text(comment.substr(at, end - at));
        if (name != now && std::ranges::find(former, name) == former.end()) former.push_back(std::move(name));
    }
    return former;
}

}  // namespace tributary::erpnext
