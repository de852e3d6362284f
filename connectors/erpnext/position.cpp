#include "connectors/erpnext/position.hpp"

#include <string_view>

#include "connectors/kit/walk/position_json.hpp"

namespace tributary::erpnext {
namespace {

constexpr int version = 1;
constexpr std::string_view of_documents = "documents";

using Json = rapidjson::Value;

bool read_again(const Json& object, std::vector<Again>& again) {
    const Json* const found = walk::member(object, "again");
    if (found == nullptr) return true;
    if (!found->IsArray()) return false;
    for (const Json& one : found->GetArray()) {
        if (!one.IsObject()) return false;
        Again& read = again.emplace_back();
        const Json* const names = walk::member(one, "names");
        if (!walk::read_member(one, "column", read.column) || read.column.empty() || names == nullptr ||
            !names->IsArray())
            return false;
        for (const Json& name : names->GetArray()) {
            if (!name.IsString()) return false;
            read.names.emplace_back(name.GetString(), name.GetStringLength());
        }
    }
    return true;
}

void write_again(walk::PositionWriter& writer, const std::vector<Again>& again) {
    if (again.empty()) return;
    writer.Key("again");
    writer.StartArray();
    for (const Again& one : again) {
        writer.StartObject();
        walk::write_member(writer, "column", std::string_view(one.column));
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
    const bool whole = walk::read_member(json, "rows", read.rows.json) && walk::read_member(json, "told", read.told) &&
                       walk::read_member(json, "turn", read.turn) && read_again(json, read.again) &&
                       walk::read_member(json, "at", read.at.json) && walk::read_member(json, "then", read.then);
    if (!whole) return walk::bad_position("a part is missing or has the wrong type");
    return read;
}

Result<Position> write_document_position(const DocumentPosition& position) {
    rapidjson::StringBuffer buffer;
    walk::PositionWriter writer(buffer);
    writer.StartObject();
    writer.Key("v");
    writer.Int(version);
    writer.Key("of");
    writer.String(of_documents.data(), static_cast<rapidjson::SizeType>(of_documents.size()));
    walk::write_member(writer, "rows", std::string_view(position.rows.json));
    walk::write_member(writer, "told", position.told);
    walk::write_member(writer, "turn", position.turn);
    write_again(writer, position.again);
    walk::write_member(writer, "at", std::string_view(position.at.json));
    walk::write_member(writer, "then", position.then);
    writer.EndObject();
    if (buffer.GetSize() > Position::most_bytes)
        return fail(Verdict::stop, "key_too_long", "a row's key is too long for a position");
    return Position{std::string(buffer.GetString(), buffer.GetSize())};
}

}  // namespace tributary::erpnext
