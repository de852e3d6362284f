#include "core/settings/diagnostics.hpp"

#include <fmt/format.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <tuple>

namespace tributary {
namespace {

struct Colours {
    std::string_view place = "\x1b[1m";
    std::string_view error = "\x1b[1;31m";
    std::string_view warning = "\x1b[1;35m";
    std::string_view off = "\x1b[0m";
};
constexpr Colours no_colours{"", "", "", ""};

std::string_view file_of(const Place& place) { return place.file ? std::string_view(*place.file) : ""; }

std::string_view name_of(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

std::string place_text(const Place& place) {
    std::string text = text_of(place);
    if (!text.empty()) text += ": ";
    return text;
}

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void write(JsonWriter& writer, std::string_view key, std::string_view value) {
    writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write(JsonWriter& writer, std::string_view key, int value) {
    writer.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
    writer.Int(value);
}

}  // namespace

std::string text_of(const Place& place) {
    std::string text(file_of(place));
    if (place.line > 0) text += fmt::format("{}{}", text.empty() ? "" : ":", place.line);
    if (place.line > 0 && place.column > 0) text += fmt::format(":{}", place.column);
    return text;
}

void Diagnostics::error(const Place& place, std::string message) {
    all_.push_back({Severity::error, place, std::move(message)});
    ++errors_;
}

void Diagnostics::warning(const Place& place, std::string message) {
    all_.push_back({Severity::warning, place, std::move(message)});
}

void Diagnostics::add(const Diagnostics& found) {
    all_.insert(all_.end(), found.all_.begin(), found.all_.end());
    errors_ += found.errors_;
}

std::vector<Diagnostic> Diagnostics::sorted() const {
    std::vector<Diagnostic> result = all_;
    std::ranges::stable_sort(
        result, {}, [](const Diagnostic& d) { return std::tuple(file_of(d.place), d.place.line, d.place.column); });
    return result;
}

std::string Diagnostics::text(bool colour) const {
    const Colours& c = colour ? Colours{} : no_colours;
    std::string out;
    for (const Diagnostic& d : sorted())
        out += fmt::format("{}{}{}{}{}:{} {}\n", c.place, place_text(d.place), c.off,
                           d.severity == Severity::error ? c.error : c.warning, name_of(d.severity), c.off, d.message);
    return out;
}

std::string Diagnostics::json() const {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartArray();
    for (const Diagnostic& d : sorted()) {
        writer.StartObject();
        write(writer, "file", file_of(d.place));
        write(writer, "line", d.place.line);
        write(writer, "column", d.place.column);
        write(writer, "severity", name_of(d.severity));
        write(writer, "message", d.message);
        writer.EndObject();
    }
    writer.EndArray();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace tributary
