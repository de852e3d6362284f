#include "connectors/kit/walk/position_json.hpp"

#include <string>

namespace tributary::walk {

std::unexpected<Error> bad_position(std::string_view why) {
    return fail(Verdict::stop, "bad_position",
                "the stored position cannot be read (" + std::string(why) + "); `tributary reset` starts over");
}

const rapidjson::Value* member(const rapidjson::Value& object, const char* name) {
    const auto found = object.FindMember(name);
    return found == object.MemberEnd() ? nullptr : &found->value;
}

bool read_member(const rapidjson::Value& object, const char* name, std::string& to) {
    const rapidjson::Value* const found = member(object, name);
    if (found == nullptr) return true;
    if (found->IsString()) to.assign(found->GetString(), found->GetStringLength());
    return found->IsString();
}

bool read_member(const rapidjson::Value& object, const char* name, std::int64_t& to) {
    const rapidjson::Value* const found = member(object, name);
    if (found == nullptr) return true;
    if (found->IsInt64()) to = found->GetInt64();
    return found->IsInt64();
}

bool read_member(const rapidjson::Value& object, const char* name, bool& to) {
    const rapidjson::Value* const found = member(object, name);
    if (found == nullptr) return true;
    if (found->IsBool()) to = found->GetBool();
    return found->IsBool();
}

void write_member(PositionWriter& writer, const char* name, std::string_view value) {
    if (value.empty()) return;
    writer.Key(name);
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void write_member(PositionWriter& writer, const char* name, std::int64_t value) {
    if (value == 0) return;
    writer.Key(name);
    writer.Int64(value);
}

void write_member(PositionWriter& writer, const char* name, bool value) {
    if (!value) return;
    writer.Key(name);
    writer.Bool(value);
}

Result<rapidjson::Document> parse_position(const Position& position, int version, std::string_view kind) {
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(position.json.data(),
                                                                                       position.json.size());
    if (json.HasParseError() || !json.IsObject()) return bad_position("no JSON object");
    const rapidjson::Value* const written_by = member(json, "v");
    const rapidjson::Value* const of = member(json, "of");
    const bool same_kind = of == nullptr
                               ? kind.empty()
                               : of->IsString() && std::string_view(of->GetString(), of->GetStringLength()) == kind;
    if (!same_kind || written_by == nullptr || !written_by->IsInt() || written_by->GetInt() != version)
        return bad_position("another version wrote it");
    return json;
}

}  // namespace tributary::walk
