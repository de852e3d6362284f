#include "connectors/erpnext/position.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string_view>

#include "connectors/kit/walk/position_json.hpp"

namespace tributary::erpnext {
namespace {

constexpr int version = 1;
constexpr std::string_view of_documents = "documents";

using Json = rapidjson::Value;

bool read_text(const Json& object, const char* name, std::string& text) {
    const Json* const found = walk::member(object, name);
    if (found == nullptr) return true;
    if (found->IsString()) text.assign(found->GetString(), found->GetStringLength());
    return found->IsString();
}

bool read_time(const Json& object, const char* name, std::int64_t& time) {
    const Json* const found = walk::member(object, name);
    if (found == nullptr) return true;
    if (found->IsInt64()) time = found->GetInt64();
    return found->IsInt64();
}

bool read_again(const Json& object, std::vector<Again>& again) {
    const Json* const found = walk::member(object, "again");
    if (found == nullptr) return true;
    if (!found->IsArray()) return false;
    for (const Json& one : found->GetArray()) {
        if (!one.IsObject()) return false;
        Again& read = again.emplace_back();
        const Json* const names = walk::member(one, "names");
        if (!read_text(one, "column", read.column) || read.column.empty() || names == nullptr || !names->IsArray())
            return false;
        for (const Json& name : names->GetArray()) {
            if (!name.IsString()) return false;
            read.names.emplace_back(name.GetString(), name.GetStringLength());
        }
    }
    return true;
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(Writer& writer, const char* name, const std::string& text) {
    if (text.empty()) return;
    writer.Key(name);
    writer.String(text);
}

void write_time(Writer& writer, const char* name, std::int64_t time) {
    if (time == 0) return;
    writer.Key(name);
    writer.Int64(time);
}

void write_again(Writer& writer, const std::vector<Again>& again) {
    if (again.empty()) return;
    writer.Key("again");
    writer.StartArray();
    for (const Again& one : again) {
        writer.StartObject();
        write_text(writer, "column", one.column);
        writer.Key("names");
        writer.StartArray();
        for (const std::string& name : one.names) writer.String(name);
        writer.EndArray();
        writer.EndObject();
    }
    writer.EndArray();
}

}  // namespace

Result<DocumentPosition> read_document_position(const Position& position) {
    DocumentPosition read;
    if (position.empty()) return read;
    const auto parsed = walk::parse_position(position, version, of_documents);
    if (!parsed) return std::unexpected(parsed.error());
    const Json& json = *parsed;
    const bool whole = read_text(json, "rows", read.rows.json) && read_time(json, "told", read.told) &&
                       read_time(json, "turn", read.turn) && read_again(json, read.again) &&
                       read_text(json, "at", read.at.json) && read_time(json, "then", read.then);
    if (!whole) return walk::bad_position("a part is missing or has the wrong type");
    return read;
}

Result<Position> write_document_position(const DocumentPosition& position) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    writer.Key("v");
    writer.Int(version);
    writer.Key("of");
    writer.String(of_documents.data(), static_cast<rapidjson::SizeType>(of_documents.size()));
    write_text(writer, "rows", position.rows.json);
    write_time(writer, "told", position.told);
    write_time(writer, "turn", position.turn);
    write_again(writer, position.again);
    write_text(writer, "at", position.at.json);
    write_time(writer, "then", position.then);
    writer.EndObject();
    if (buffer.GetSize() > Position::most_bytes)
        return fail(Verdict::stop, "key_too_long", "a row's key is too long for a position");
    return Position{std::string(buffer.GetString(), buffer.GetSize())};
}

}  // namespace tributary::erpnext
