#include "connectors/odata/tests/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <stdexcept>

#include "connectors/kit/http/url.hpp"
#include "core/model/times.hpp"

namespace tributary::odata::test {
namespace {

struct BadFilter : std::runtime_error {
    using std::runtime_error::runtime_error;
};

std::int64_t micros_of(const std::string& text) {
    const auto stamp = parse_timestamp(text);
    if (!stamp) throw BadFilter("no time: " + text);
    return stamp->micros;
}

/// `a eq 1 and (b gt 'x' or c ge datetimeoffset'…')`, left to right, `and` before `or`.
class Filter {
  public:
    Filter(std::string text, const Fields& row) : text_(std::move(text)), row_(row) {}

    bool holds() {
        const bool result = either();
        if (!word().empty()) throw BadFilter("something is left over");
        return result;
    }

  private:
    bool either() {
        bool result = both();
        while (take("or")) result = both() || result;
        return result;
    }
    bool both() {
        bool result = one();
        while (take("and")) result = one() && result;
        return result;
    }
    bool one() {
        if (take("(")) {
            const bool result = either();
            if (!take(")")) throw BadFilter("no )");
            return result;
        }
        const std::string name = next();
        const auto found = row_.find(name);
        if (found == row_.end()) throw BadFilter("Property '" + name + "' does not exist");
        const std::string comparison = next();
        const Field value = literal(next());
        if (comparison == "eq") return found->second == value;
        if (comparison == "gt") return found->second > value;
        if (comparison == "ge") return found->second >= value;
        throw BadFilter("no comparison: " + comparison);
    }

    static Field literal(const std::string& text) {
        const std::size_t quote = text.find('\'');
        const std::string prefix = text.substr(0, quote);
        if (quote != std::string::npos) {
            const std::string inside = text.substr(quote + 1, text.size() - quote - 2);
            if (prefix == "datetimeoffset") return micros_of(inside);
            return inside;
        }
        if (text.size() == 36 && text[8] == '-') return text;
        if (text.ends_with('Z')) return micros_of(text);
        return static_cast<std::int64_t>(std::stoll(text));
    }

    std::string word() {
        while (at_ < text_.size() && text_[at_] == ' ') ++at_;
        std::size_t end = at_;
        if (end < text_.size() && (text_[end] == '(' || text_[end] == ')')) return text_.substr(at_, 1);
        for (bool quoted = false; end < text_.size(); ++end) {
            if (text_[end] == '\'') quoted = !quoted;
            if (!quoted && (text_[end] == ' ' || text_[end] == ')')) break;
        }
        return text_.substr(at_, end - at_);
    }
    std::string next() {
        std::string found = word();
        at_ += found.size();
        return found;
    }
    bool take(const std::string& wanted) {
        if (word() != wanted) return false;
        at_ += wanted.size();
        return true;
    }

    std::string text_;
    const Fields& row_;
    std::size_t at_ = 0;
};

std::string instant(std::int64_t micros) {
    char text[instant_size];
    return {text, write_instant(micros, text)};
}

}  // namespace

ODataService::ODataService(Version version, std::size_t page)
    : version_(version),
      page_(page),
      server_([this](const auto& path, const auto& query) { return answer(path, query); }) {}

std::string ODataService::key_text(std::int64_t key) const {
    return version_ == Version::v3 ? fmt::format("00000000-0000-0000-0000-{:012}", key) : std::to_string(key);
}

void ODataService::put(const std::string& set, std::int64_t key, const std::string& text, std::int64_t stamp) {
    const std::lock_guard lock(mutex_);
    Fields row{{"text", text}};
    if (version_ == Version::v3) {
        row["Ref_Key"] = key_text(key);
        row["DataVersion"] = fmt::format("AAAA{:08}=", ++versions_);
        sets_[set][row["Ref_Key"]] = row;
        log_.emplace_back(set, row["Ref_Key"]);
        return;
    }
    row["id"] = key;
    row["changed"] = stamp;
    sets_[set][key] = row;
    log_.emplace_back(set, key);
}

void ODataService::remove(const std::string& set, std::int64_t key) {
    const std::lock_guard lock(mutex_);
    const Field field = version_ == Version::v3 ? Field(key_text(key)) : Field(key);
    sets_[set].erase(field);
    log_.emplace_back(set, field);
}

void ODataService::clear(const std::string& set) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, row] : sets_[set]) log_.emplace_back(set, key);
    sets_[set].clear();
}

void ODataService::track() {
    const std::lock_guard lock(mutex_);
    tracks_ = true;
}

void ODataService::expire() {
    const std::lock_guard lock(mutex_);
    log_.emplace_back("", std::int64_t{0});
    expired_ = log_.size();
}

std::map<std::string, std::string> ODataService::texts(const std::string& set) {
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::string> texts;
    for (const auto& [key, row] : sets_[set]) {
        const auto* const number = std::get_if<std::int64_t>(&key);
        texts[number != nullptr ? std::to_string(*number) : std::get<std::string>(key)] =
            std::get<std::string>(row.at("text"));
    }
    return texts;
}

std::vector<std::string> ODataService::asked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
}

ODataService::Reply ODataService::answer(const std::string& path, const Query& query) {
    const std::lock_guard lock(mutex_);
    const std::string below = path.substr(std::string("/srv/").size());
    asked_.push_back(below + (query.contains("$filter") ? " " + query.at("$filter") : ""));
    if (below == "$metadata") return {200, metadata()};
    if (below == "forbidden" || below == "forbidden/$metadata") return {403, "<html>no</html>"};
    const std::string set = below.substr(0, below.find('/'));
    const bool balance = below == "Stock/Balance()";
    if (!balance && !(set == "item" || set == "part"))
        return {404, R"({"error":{"code":"","message":{"lang":"en","value":"Resource not found for segment"}}})"};
    if (below.ends_with("/$count")) return {200, std::to_string(sets_[set].size())};
    try {
        // a filter is wrong also where there are no rows
        const Fields sample{
            {"id", std::int64_t{0}}, {"Ref_Key", ""}, {"DataVersion", ""}, {"text", ""}, {"changed", std::int64_t{0}}};
        if (query.contains("$filter")) (void)Filter(query.at("$filter"), sample).holds();
        if (query.contains("$deltatoken")) return changes(set, query);
        return rows(balance ? "part" : set, balance, query);
    } catch (const std::exception& wrong) {
        return {400, fmt::format(R"({{"error":{{"code":"400","message":"{}"}}}})", wrong.what())};
    }
}

ODataService::Reply ODataService::rows(const std::string& set, bool whole, const Query& query) {
    const auto asked = [&](const char* name) { return query.contains(name) ? query.at(name) : std::string(); };
    const std::size_t top = asked("$top").empty() ? SIZE_MAX : std::stoull(asked("$top"));
    // where the page begins: behind a key, whatever goes meanwhile; changes count from when the first page was asked
    // for
    const std::string behind = asked("$skiptoken");
    const std::size_t since = behind.empty() ? log_.size() : std::stoull(behind);
    if (!behind.empty() && since < expired_) return {410, "{}"};
    auto row = sets_[set].begin();
    if (!behind.empty()) {
        const std::string key = behind.substr(behind.find('~') + 1);
        row = sets_[set].upper_bound(version_ == Version::v3 ? Field(key) : Field(std::int64_t{std::stoll(key)}));
    }
    std::string found, last;
    std::size_t given = 0;
    bool more = false;
    for (; row != sets_[set].end(); ++row) {
        if (!asked("$filter").empty() && !Filter(asked("$filter"), row->second).holds()) continue;
        if (given == std::min(top, page_) && !whole) {
            more = given < top;
            break;
        }
        found += (given++ == 0 ? "" : ",") + json(row->second);
        const auto* const number = std::get_if<std::int64_t>(&row->first);
        last = number != nullptr ? std::to_string(*number) : std::get<std::string>(row->first);
    }
    const std::string base = "http://localhost:1/srv/" + set + "?";
    const std::string filter = asked("$filter").empty() ? "" : "&$filter=" + http::percent_encoded(asked("$filter"));
    const bool tracked = tracks_ && top == SIZE_MAX && asked("$orderby").empty();
    return list(found, more ? fmt::format("{}$skiptoken={}~{}{}", base, since, last, filter) : "",
                tracked && !more ? fmt::format("{}$deltatoken={}{}", base, since, filter) : "");
}

/// Every row that changed since the token once, those that are gone as such.
ODataService::Reply ODataService::changes(const std::string& set, const Query& query) {
    const std::size_t since = std::stoull(query.at("$deltatoken"));
    const std::string place = query.contains("$skiptoken") ? query.at("$skiptoken") : "";
    const std::size_t skip = place.empty() ? 0 : std::stoull(place);
    const std::size_t until = place.empty() ? log_.size() : std::stoull(place.substr(place.find('-') + 1));
    if (!tracks_ || since < expired_) return {410, R"({"error":{"code":"410","message":"unknown token"}})"};
    std::vector<Field> keys;
    for (std::size_t i = since; i < until; ++i)
        if (log_[i].first == set && std::ranges::find(keys, log_[i].second) == keys.end())
            keys.push_back(log_[i].second);
    std::string found;
    const std::size_t end = std::min(keys.size(), skip + page_);
    for (std::size_t i = skip; i < end; ++i) {
        const auto row = sets_[set].find(keys[i]);
        found += (i == skip ? "" : ",") + (row == sets_[set].end() ? gone(set, keys[i]) : json(row->second));
    }
    const std::string base = "http://localhost:1/srv/" + set + "?$deltatoken=";
    return list(found, end < keys.size() ? fmt::format("{}{}&$skiptoken={}-{}", base, since, end, until) : "",
                end < keys.size() ? "" : base + std::to_string(until));
}

/// The spellings of versions 4.01 and 4.0, which services of version 2 have as well.
std::string ODataService::gone(const std::string& set, const Field& key) const {
    const auto* const number = std::get_if<std::int64_t>(&key);
    const auto told = [&](const char* context, const std::string& predicate) {
        return fmt::format(R"j({{"{0}":"$metadata#{1}/$deletedEntity","id":"http://localhost:1/srv/{1}({2})"}})j",
                           context, set, predicate);
    };
    if (number == nullptr) return told("odata.metadata", "guid'" + std::get<std::string>(key) + "'");
    if (version_ == Version::v2) return told("@odata.context", std::to_string(*number) + "L");
    if (*number % 2 == 0) return fmt::format(R"j({{"@removed":{{"reason":"deleted"}},"id":{}}})j", *number);
    return told("@odata.context", std::to_string(*number));
}

ODataService::Reply ODataService::list(const std::string& rows, const std::string& next,
                                       const std::string& delta) const {
    const bool old = version_ == Version::v2;
    const std::string prefix = version_ == Version::v3 ? "odata." : "@odata.";
    std::string links;
    if (!next.empty()) links += fmt::format(R"(,"{}":"{}")", old ? "__next" : prefix + "nextLink", next);
    if (!delta.empty()) links += fmt::format(R"(,"{}":"{}")", old ? "__delta" : prefix + "deltaLink", delta);
    if (old) return {200, "{\"d\":{\"results\":[" + rows + "]" + links + "}}"};
    return {200, "{\"value\":[" + rows + "]" + links + "}", tracks_ ? "Preference-Applied: odata.track-changes" : ""};
}

std::string ODataService::json(const Fields& row) const {
    std::string text;
    for (const auto& [name, field] : row) {
        std::string value;
        if (const auto* const number = std::get_if<std::int64_t>(&field); number == nullptr)
            value = "\"" + std::get<std::string>(field) + "\"";
        else if (name == "changed")
            value = version_ == Version::v4 ? "\"" + instant(*number) + "\""
                                            : fmt::format("\"/Date({}+0000)/\"", *number / 1'000);
        else
            value = version_ == Version::v4 ? std::to_string(*number) : fmt::format("\"{}\"", *number);
        text += fmt::format("{}\"{}\":{}", text.empty() ? "" : ",", name, value);
    }
    return "{" + text + "}";
}

std::string ODataService::metadata() const {
    const bool one_c = version_ == Version::v3;
    const std::string key = one_c ? "Ref_Key" : "id";
    const std::string space = one_c ? "StandardODATA" : "Lab";
    const std::string properties =
        one_c
            ? R"(<Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/><Property Name="DataVersion" Type="Edm.String"/>)"
            : R"(<Property Name="id" Type="Edm.Int64" Nullable="false"/><Property Name="changed" Type="Edm.DateTimeOffset"/>)";
    const std::string text = R"(<Property Name="text" Type="Edm.String"/>)";
    std::string types, sets;
    for (const char* const name : {"item", "part"}) {
        types += fmt::format(R"(<EntityType Name="{}Type"><Key><PropertyRef Name="{}"/></Key>{}{}</EntityType>)", name,
                             key, properties, text);
        sets += fmt::format(R"(<EntitySet Name="{0}" EntityType="{1}.{0}Type"/>)", name, space);
    }
    types += fmt::format(R"(<ComplexType Name="Stock_Balance">{}{}</ComplexType>)", properties, text);
    return fmt::format(
        R"(<edmx:Edmx xmlns:edmx="e" xmlns:m="m" Version="{}"><edmx:DataServices m:DataServiceVersion="{}.0"><Schema Namespace="{}">{}<EntityContainer Name="C">{}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>)",
        version_ == Version::v4 ? "4.0" : "1.0", static_cast<int>(version_), space, types, sets);
}

}  // namespace tributary::odata::test
