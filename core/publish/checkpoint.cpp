#include "core/publish/checkpoint.hpp"

#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "core/publish/envelope.hpp"

namespace tributary {

namespace {

using Json = rapidjson::Document;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr int version = 1;
constexpr std::string_view claim_suffix = "/claim";
constexpr std::string_view feed_infix = "/feed/";
constexpr std::string_view partitions_suffix = "/partitions";

std::optional<Json> parse(std::string_view text) {
    Json json;
    json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    if (json.HasParseError() || !json.IsObject()) return std::nullopt;
    auto v = json.FindMember("v");
    if (v == json.MemberEnd() || !v->value.IsInt() || v->value.GetInt() != version) return std::nullopt;
    return json;
}

std::string text_at(const Json::ValueType& json, const char* name) {
    auto member = json.FindMember(name);
    return member != json.MemberEnd() && member->value.IsString()
               ? std::string(member->value.GetString(), member->value.GetStringLength())
               : std::string();
}

std::int64_t integer_at(const Json::ValueType& json, const char* name) {
    auto member = json.FindMember(name);
    return member != json.MemberEnd() && member->value.IsInt64() ? member->value.GetInt64() : 0;
}

void put(Writer& writer, const char* name, std::string_view text) {
    writer.Key(name);
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(Writer& writer, const char* name, std::int64_t number) {
    writer.Key(name);
    writer.Int64(number);
}

template <typename Body>
std::string object(Body&& body) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    put(writer, "v", std::int64_t{version});
    body(writer);
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::optional<Cause> cause_of(std::string_view name) {
    for (const Cause cause : {Cause::change, Cause::load, Cause::reread, Cause::repair})
        if (name_of(cause) == name) return cause;
    return std::nullopt;
}

/// A stream whose entities have one record each, which nearly all are, says nothing.
void encode_roles(Writer& writer, const std::map<std::string, StreamRole>& roles) {
    if (std::ranges::none_of(roles, [](const auto& role) { return role.second.shared; })) return;
    writer.Key("shared");
    writer.StartObject();
    for (const auto& [part, role] : roles)
        if (role.shared) put(writer, part.c_str(), role.adds ? "adds" : "makes");
    writer.EndObject();
}

std::map<std::string, StreamRole> decode_roles(const Json::ValueType& prints) {
    std::map<std::string, StreamRole> roles;
    if (const auto shared = prints.FindMember("shared"); shared != prints.MemberEnd() && shared->value.IsObject())
        for (const auto& [part, role] : shared->value.GetObject())
            roles[part.GetString()] = {true, role.IsString() && std::string_view(role.GetString()) == "adds"};
    return roles;
}

void encode_entries(Writer& writer, const char* name, const LookupEntries& entries) {
    writer.Key(name);
    writer.StartObject();
    for (const auto& [lookup, keys] : entries) {
        writer.Key(lookup.data(), static_cast<rapidjson::SizeType>(lookup.size()));
        writer.StartArray();
        for (const auto& key : keys) {
            writer.StartArray();
            for (const std::string& part : key)
                writer.String(part.data(), static_cast<rapidjson::SizeType>(part.size()));
            writer.EndArray();
        }
        writer.EndArray();
    }
    writer.EndObject();
}

/// Nothing where it is of another shape.
std::optional<LookupEntries> decode_entries(const Json::ValueType& json, const char* name) {
    LookupEntries entries;
    const auto member = json.FindMember(name);
    if (member == json.MemberEnd()) return entries;
    if (!member->value.IsObject()) return std::nullopt;
    for (const auto& [lookup, keys] : member->value.GetObject()) {
        if (!keys.IsArray()) return std::nullopt;
        auto& into = entries[{lookup.GetString(), lookup.GetStringLength()}];
        for (const auto& key : keys.GetArray()) {
            if (!key.IsArray()) return std::nullopt;
            std::vector<std::string> parts;
            for (const auto& part : key.GetArray()) {
                if (!part.IsString()) return std::nullopt;
                parts.emplace_back(part.GetString(), part.GetStringLength());
            }
            into.insert(std::move(parts));
        }
    }
    return entries;
}

void encode_reread(Writer& writer, const FeedRecord& record) {
    if (record.reread) put(writer, "reread", record.reread->json);
    if (record.reread_again) put(writer, "reread_again", std::int64_t{1});
    if (record.entries) {
        writer.Key("entries");
        writer.StartObject();
        encode_entries(writer, "of", record.entries->entries);
        put(writer, "search", record.entries->search);
        put(writer, "at", record.entries->at.json);
        put(writer, "rows", record.entries->rows);
        writer.EndObject();
    }
    if (!record.entries_next.empty()) encode_entries(writer, "entries_next", record.entries_next);
}

/// False: unreadable.
bool decode_reread(const Json::ValueType& json, FeedRecord& record) {
    if (json.HasMember("reread")) record.reread = Position{text_at(json, "reread")};
    record.reread_again = integer_at(json, "reread_again") != 0;
    auto next = decode_entries(json, "entries_next");
    if (!next) return false;
    record.entries_next = std::move(*next);
    const auto entries = json.FindMember("entries");
    if (entries == json.MemberEnd()) return true;
    if (!entries->value.IsObject()) return false;
    auto of = decode_entries(entries->value, "of");
    if (!of) return false;
    record.entries = EntryReread{std::move(*of),
                                 text_at(entries->value, "search"),
                                 {text_at(entries->value, "at")},
                                 integer_at(entries->value, "rows")};
    return true;
}

}  // namespace

namespace checkpoint {

std::string commit_key(std::string_view instance) { return std::string(instance); }
std::string claim_key(std::string_view instance) { return fmt::format("{}{}", instance, claim_suffix); }
std::string feed_key(std::string_view instance, std::string_view source, std::string_view feed) {
    return fmt::format("{}{}{}/{}", instance, feed_infix, source, feed);
}
std::string partitions_key(std::string_view instance) { return fmt::format("{}{}", instance, partitions_suffix); }

std::string encode(const CommitRecord& record) {
    return object([&](Writer& writer) {
        writer.Key("number");
        writer.Uint64(record.number);
        put(writer, "run", record.run);
        put(writer, "host", record.host);
        put(writer, "pid", record.pid);
        put(writer, "at", record.at);
    });
}

std::string encode(const ClaimRecord& record) {
    return object([&](Writer& writer) {
        put(writer, "run", record.run);
        put(writer, "host", record.host);
        put(writer, "pid", record.pid);
        put(writer, "at", record.at);
        put(writer, "as", record.started_as);
    });
}

std::string encode(const FeedRecord& record) {
    return object([&](Writer& writer) {
        // text, so that the connector's JSON stays opaque byte for byte
        put(writer, "position", record.position.json);
        if (record.first_load_cause) put(writer, "load_cause", name_of(*record.first_load_cause));
        if (record.current_to != no_time) put(writer, "current_to", record.current_to);
        writer.Key("streams");
        writer.StartObject();
        for (const auto& [name, prints] : record.streams) {
            writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
            writer.StartObject();
            put(writer, "mapping", prints.mapping);
            put(writer, "identity", prints.identity);
            encode_roles(writer, prints.roles);
            writer.EndObject();
        }
        writer.EndObject();
        encode_reread(writer, record);
        if (record.asked_at != 0) put(writer, "asked_at", record.asked_at);
        if (record.republish) put(writer, "republish", std::int64_t{1});
        if (record.lookups.empty()) return;
        writer.Key("lookups");
        writer.StartObject();
        for (const auto& [name, contents] : record.lookups) put(writer, name.c_str(), contents);
        writer.EndObject();
    });
}

std::string encode(const std::map<std::string, int>& partitions_by_topic) {
    return object([&](Writer& writer) {
        writer.Key("topics");
        writer.StartObject();
        for (const auto& [topic, count] : partitions_by_topic) put(writer, topic.c_str(), std::int64_t{count});
        writer.EndObject();
    });
}

std::optional<CommitRecord> decode_commit(std::string_view text) {
    auto json = parse(text);
    if (!json) return std::nullopt;
    auto number = json->FindMember("number");
    if (number == json->MemberEnd() || !number->value.IsUint64()) return std::nullopt;
    return CommitRecord{number->value.GetUint64(), text_at(*json, "run"), text_at(*json, "host"),
                        integer_at(*json, "pid"), integer_at(*json, "at")};
}

std::optional<ClaimRecord> decode_claim(std::string_view text) {
    auto json = parse(text);
    if (!json) return std::nullopt;
    return ClaimRecord{text_at(*json, "run"), text_at(*json, "host"), integer_at(*json, "pid"), integer_at(*json, "at"),
                       text_at(*json, "as")};
}

std::optional<FeedRecord> decode_feed(std::string_view text) {
    auto json = parse(text);
    if (!json) return std::nullopt;
    FeedRecord record{{text_at(*json, "position")}, cause_of(text_at(*json, "load_cause")), no_time, {}};
    if (!decode_reread(*json, record)) return std::nullopt;
    record.asked_at = integer_at(*json, "asked_at");
    record.republish = integer_at(*json, "republish") != 0;
    if (const auto lookups = json->FindMember("lookups"); lookups != json->MemberEnd() && lookups->value.IsObject())
        for (const auto& [name, contents] : lookups->value.GetObject())
            record.lookups[name.GetString()] = contents.IsString() ? contents.GetString() : "";
    if (json->HasMember("current_to")) record.current_to = integer_at(*json, "current_to");
    auto streams = json->FindMember("streams");
    if (streams == json->MemberEnd() || !streams->value.IsObject()) return std::nullopt;
    for (const auto& [name, prints] : streams->value.GetObject()) {
        if (!prints.IsObject()) return std::nullopt;
        record.streams[name.GetString()] = {text_at(prints, "mapping"), text_at(prints, "identity"),
                                            decode_roles(prints)};
    }
    return record;
}

std::optional<std::map<std::string, int>> decode_partitions(std::string_view text) {
    auto json = parse(text);
    if (!json) return std::nullopt;
    auto topics = json->FindMember("topics");
    if (topics == json->MemberEnd() || !topics->value.IsObject()) return std::nullopt;
    std::map<std::string, int> result;
    for (const auto& [name, count] : topics->value.GetObject())
        if (count.IsInt()) result[name.GetString()] = count.GetInt();
    return result;
}

}  // namespace checkpoint

Result<> Checkpoints::add_committed(std::string_view key, std::optional<std::string_view> value) {
    const auto unreadable = [&] {
        return fail(Verdict::stop, "checkpoint_unreadable",
                    fmt::format("the checkpoint '{}' is not one this version can read", key));
    };
    const std::string_view instance = key.substr(0, key.find('/'));
    if (instance != instance_) {
        if (value) other_instance_ = instance;
        return {};
    }
    const std::string_view rest = key.substr(instance.size());
    if (rest.empty()) {
        auto record = value ? checkpoint::decode_commit(*value) : std::nullopt;
        if (!record) return unreadable();
        highest_ = std::max(highest_, record->number);
        last_commit_ = std::move(record);
    } else if (rest == claim_suffix) {
        auto record = value ? checkpoint::decode_claim(*value) : std::nullopt;
        if (!record) return unreadable();
        claim_ = std::move(record);
    } else if (rest == partitions_suffix) {
        auto counts = value ? checkpoint::decode_partitions(*value) : std::nullopt;
        if (!counts) return unreadable();
        partitions_ = std::move(*counts);
    } else if (rest.starts_with(feed_infix)) {
        const std::string feed(rest.substr(feed_infix.size()));
        if (!value) {
            feeds_.erase(feed);
            return {};
        }
        auto record = checkpoint::decode_feed(*value);
        if (!record) return unreadable();
        feeds_[feed] = std::move(*record);
    }
    return {};
}

void Checkpoints::add_any(std::string_view key, std::optional<std::string_view> value) {
    if (key != instance_ || !value) return;
    if (auto record = checkpoint::decode_commit(*value)) highest_ = std::max(highest_, record->number);
}

}  // namespace tributary
