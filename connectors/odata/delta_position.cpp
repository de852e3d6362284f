#include "connectors/odata/delta_position.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string_view>

#include "connectors/kit/walk/position_json.hpp"

namespace tributary::odata {
namespace {

constexpr int version = 1;
constexpr std::string_view of_delta_links = "delta_links";

using Json = rapidjson::Value;

bool read(const Json& object, const char* name, std::string& text) {
    const Json* const found = walk::member(object, name);
    if (found != nullptr && found->IsString()) text.assign(found->GetString(), found->GetStringLength());
    return found == nullptr || found->IsString();
}

bool read(const Json& object, const char* name, std::int64_t& number) {
    const Json* const found = walk::member(object, name);
    if (found != nullptr && found->IsInt64()) number = found->GetInt64();
    return found == nullptr || found->IsInt64();
}

bool read(const Json& object, const char* name, bool& flag) {
    const Json* const found = walk::member(object, name);
    if (found != nullptr && found->IsBool()) flag = found->GetBool();
    return found == nullptr || found->IsBool();
}

}  // namespace

Result<DeltaPosition> read_delta_position(const Position& position) {
    DeltaPosition found;
    if (position.empty()) return found;
    const auto json = walk::parse_position(position, version, of_delta_links);
    if (!json) return std::unexpected(json.error());
    const bool whole = read(*json, "link", found.link) && read(*json, "since", found.since) &&
                       read(*json, "drained", found.drained) && read(*json, "again", found.again) &&
                       read(*json, "rows", found.rows) && read(*json, "turn", found.turn);
    if (!whole) return walk::bad_position("a part has the wrong type");
    return found;
}

Result<Position> write_delta_position(const DeltaPosition& position) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer writer(buffer);
    const auto text = [&](const char* name, std::string_view value) {
        if (value.empty()) return;
        writer.Key(name);
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    };
    const auto number = [&](const char* name, std::int64_t value) {
        if (value == 0) return;
        writer.Key(name);
        writer.Int64(value);
    };
    const auto flag = [&](const char* name, bool value) {
        if (!value) return;
        writer.Key(name);
        writer.Bool(value);
    };
    writer.StartObject();
    writer.Key("v");
    writer.Int(version);
    text("of", of_delta_links);
    text("link", position.link);
    text("since", position.since);
    flag("drained", position.drained);
    flag("again", position.again);
    number("rows", position.rows);
    number("turn", position.turn);
    writer.EndObject();
    if (buffer.GetSize() > Position::most_bytes)
        return fail(Verdict::stop, "link_too_long", "the service's link is too long for a position");
    return Position{std::string(buffer.GetString(), buffer.GetSize())};
}

}  // namespace tributary::odata
