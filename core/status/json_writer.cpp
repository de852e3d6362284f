#include "core/status/json_writer.hpp"

#include <rapidjson/document.h>

#include <cmath>

#include "core/status/line.hpp"

namespace tributary {

namespace {

bool is_json(const std::string& text) {
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                 rapidjson::kParseNumbersAsStringsFlag>(text.data(), text.size());
    return !parsed.HasParseError();
}

}  // namespace

void JsonWriter::text(const char* name, std::string_view text) {
    std::string quoted;
    append_json_text(quoted, text);
    named(name).RawValue(quoted.data(), quoted.size(), rapidjson::kStringType);
}

void JsonWriter::prose(const char* name, std::string_view said) {
    std::string copy(said);
    if (redact_) redact_(copy);
    text(name, copy);
}

void JsonWriter::time(const char* name, std::int64_t at) {
    if (at == no_time)
        named(name).Null();
    else
        text(name, utc_text(at));
}

void JsonWriter::seconds(const char* name, std::int64_t span) {
    named(name).Double(std::round(static_cast<double>(span) / 1e3) / 1e3);
}

void JsonWriter::age_of(const char* name, std::int64_t now, std::int64_t then) {
    if (then == no_time)
        named(name).Null();
    else
        seconds(name, age(now, then));
}

void JsonWriter::json(const char* name, const std::string& json) {
    if (json.empty())
        named(name).Null();
    else if (is_json(json))
        named(name).RawValue(json.data(), json.size(), rapidjson::kObjectType);
    else
        text(name, json);
}

rapidjson::Writer<rapidjson::StringBuffer>& JsonWriter::named(const char* name) {
    if (name != nullptr) writer_.Key(name);
    return writer_;
}

}  // namespace tributary
