#include "core/http/status_table.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/status/health.hpp"
#include "core/status/line.hpp"

namespace tributary {

namespace {

using rapidjson::Value;

/// Looks into a document that another version of the daemon may have written: whatever is missing reads as empty.
const Value& member(const Value& of, const char* name) {
    static const Value nothing;
    if (!of.IsObject()) return nothing;
    const auto found = of.FindMember(name);
    return found == of.MemberEnd() ? nothing : found->value;
}

std::string text(const Value& of, const char* name) {
    const Value& value = member(of, name);
    std::string out;
    // a terminal obeys control characters
    if (value.IsString()) append_one_line(out, {value.GetString(), value.GetStringLength()});
    return out;
}

std::string count(const Value& of, const char* name) {
    const Value& value = member(of, name);
    return value.IsUint64() ? fmt::format("{}", value.GetUint64()) : "-";
}

std::string span(const Value& of, const char* name) {
    const Value& value = member(of, name);
    if (!value.IsNumber() || !(std::abs(value.GetDouble()) < 1e12)) return "-";
    return readable_span(static_cast<std::int64_t>(value.GetDouble() * 1e6));
}

bool is(const Value& of, const char* name) {
    const Value& value = member(of, name);
    return value.IsBool() && value.GetBool();
}

std::vector<const Value*> list(const Value& of, const char* name) {
    std::vector<const Value*> items;
    const Value& value = member(of, name);
    if (value.IsArray())
        for (const Value& each : value.GetArray()) items.push_back(&each);
    return items;
}

using Line = std::array<std::string, 9>;

std::string phase(const Value& feed) {
    const Value& progress = member(feed, "progress");
    if (!progress.IsObject()) return text(feed, "phase");
    const Value& rows = member(progress, "rows");
    const Value& expected = member(progress, "expected");
    std::string out = text(feed, "phase");
    if (rows.IsInt64() && expected.IsInt64() && expected.GetInt64() > 0)
        out += fmt::format(" {:.0f}%", std::min(100.0, 100 * rows.GetDouble() / expected.GetDouble()));
    if (const auto rate = count(progress, "rows_per_second"); rate != "-" && rate != "0")
        out += fmt::format(" {}/s", rate);
    return out;
}

Line line_of(const Value& source, const Value& feed) {
    return {text(source, "name"),
            text(feed, "name"),
            text(feed, "state"),
            phase(feed),
            count(feed, "rows"),
            count(feed, "events"),
            count(feed, "unresolved_rejects"),
            span(feed, "lag_seconds"),
            span(feed, "last_pull_age_seconds")};
}

std::string table(const std::vector<Line>& lines) {
    std::array<std::size_t, std::tuple_size_v<Line>> widths{};
    for (const Line& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
    std::string out;
    for (const Line& line : lines) {
        std::string row;
        for (std::size_t i = 0; i < line.size(); ++i) row += fmt::format("{:<{}}  ", line[i], widths[i]);
        out += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
    }
    return out;
}

void add_notes(std::string& out, const Value& summary, const char* name, std::string_view title) {
    for (const Value* note : list(summary, name)) {
        const std::string source = text(*note, "source");
        out += title;
        if (!source.empty()) out += fmt::format(" {}/{}:", source, text(*note, "feed"));
        out += fmt::format(" {} [{}]\n", text(*note, "what"), text(*note, "code"));
    }
}

std::string head(const Value& summary) {
    const Value& process = member(summary, "process");
    return fmt::format("tributary {}, instance {}, tenant {}, up {}: {}\n", text(process, "version"),
                       text(process, "instance"), text(process, "tenant"), span(process, "uptime_seconds"),
                       is(summary, "ready") ? "ready" : "NOT READY");
}

Result<void> parse(rapidjson::Document& document, std::string_view json) {
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(json.data(), json.size());
    if (document.HasParseError() || !document.IsObject())
        return fail(Verdict::stop, "bad_answer", "the answer is not what a tributary daemon says; who listens there?");
    return {};
}

}  // namespace

Result<std::string> status_table(std::string_view summary, std::string_view sources) {
    rapidjson::Document health;
    rapidjson::Document feeds;
    if (auto read = parse(health, summary); !read) return std::unexpected(read.error());
    if (auto read = parse(feeds, sources); !read) return std::unexpected(read.error());
    std::string out = head(health);
    add_notes(out, health, "reasons", "  problem:");
    add_notes(out, health, "warnings", "  warning:");
    out += fmt::format("  last commit: {}\n", count(health, "last_commit_number"));
    std::vector<Line> lines{{"SOURCE", "FEED", "STATE", "PHASE", "ROWS", "EVENTS", "REJECTS", "LAG", "LAST PULL"}};
    for (const Value* source : list(feeds, "sources"))
        for (const Value* feed : list(*source, "feeds")) lines.push_back(line_of(*source, *feed));
    if (lines.size() > 1) out += "\n" + table(lines);
    return out;
}

}  // namespace tributary
