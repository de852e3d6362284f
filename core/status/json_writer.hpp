#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/model/time.hpp"

namespace tributary {

/// Writes one JSON document of answers about the daemon: times as RFC 3339, spans as seconds, `no_time` as null, text
/// that is always valid. `name` is null inside a list.
class JsonWriter {
  public:
    using Redact = std::function<void(std::string&)>;

    /// `redact` may be empty and must outlive the writer.
    explicit JsonWriter(const Redact& redact) : redact_(redact) {}

    void open(const char* name = nullptr) { named(name).StartObject(); }
    void close() { writer_.EndObject(); }
    void open_list(const char* name) { named(name).StartArray(); }
    void close_list() { writer_.EndArray(); }

    void text(const char* name, std::string_view text);
    /// Text that may quote what a source or a library said: passes the redactor.
    void prose(const char* name, std::string_view said);
    void is(const char* name, bool value) { named(name).Bool(value); }
    void number(const char* name, std::uint64_t value) { named(name).Uint64(value); }
    void number(const char* name, std::int64_t value) { named(name).Int64(value); }
    void time(const char* name, std::int64_t at);
    /// Seconds with three decimals: what a person reads and a graph needs.
    void seconds(const char* name, std::int64_t span);
    void age_of(const char* name, std::int64_t now, std::int64_t then);
    /// JSON as it is; empty: null; text when it is no JSON after all.
    void json(const char* name, const std::string& json);

    std::string take() { return {buffer_.GetString(), buffer_.GetSize()}; }

  private:
    rapidjson::Writer<rapidjson::StringBuffer>& named(const char* name);

    const Redact& redact_;
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace tributary
