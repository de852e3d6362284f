#include "connectors/odata/delta_position.hpp"

#include <string_view>

#include "connectors/kit/walk/position_json.hpp"

namespace tributary::odata {
namespace {

constexpr int version = 1;
constexpr std::string_view of_delta_links = "delta_links";

}  // namespace

Result<DeltaPosition> read_delta_position(const Position& position) {
    DeltaPosition found;
    if (position.empty()) return found;
    const auto json = walk::parse_position(position, version, of_delta_links);
    if (!json) return std::unexpected(json.error());
    const bool whole = walk::read_member(*json, "link", found.link) && walk::read_member(*json, "since", found.since) &&
                       walk::read_member(*json, "drained", found.drained) &&
                       walk::read_member(*json, "again", found.again) && walk::read_member(*json, "rows", found.rows) &&
                       walk::read_member(*json, "turn", found.turn);
    if (!whole) return walk::bad_position("a part has the wrong type");
    return found;
}

Result<Position> write_delta_position(const DeltaPosition& position) {
    rapidjson::StringBuffer buffer;
    walk::PositionWriter writer(buffer);
    writer.StartObject();
    writer.Key("v");
    writer.Int(version);
    walk::write_member(writer, "of", of_delta_links);
    walk::write_member(writer, "link", std::string_view(position.link));
    walk::write_member(writer, "since", std::string_view(position.since));
    walk::write_member(writer, "drained", position.drained);
    walk::write_member(writer, "again", position.again);
    walk::write_member(writer, "rows", position.rows);
    walk::write_member(writer, "turn", position.turn);
    writer.EndObject();
    if (buffer.GetSize() > Position::most_bytes)
        return fail(Verdict::stop, "link_too_long", "the service's link is too long for a position");
    return Position{std::string(buffer.GetString(), buffer.GetSize())};
}

}  // namespace tributary::odata
