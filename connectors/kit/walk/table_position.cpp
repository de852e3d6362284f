#include "connectors/kit/walk/table_position.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kit/walk/position_json.hpp"

namespace tributary::walk {
namespace {

constexpr int version = 1;
constexpr std::array phase_names{"fresh", "load", "poll", "scan"};

using Json = rapidjson::Value;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string unhex(std::string_view hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    return bytes;
}

/// `["integer","42"]`; text that JSON cannot hold is hex in a third place: `["text","","ff00"]`.
void write_mark(Writer& writer, const Mark& mark) {
    writer.StartArray();
    writer.String(std::string(name_of(mark.kind)));
    if (is_utf8(mark.text)) {
        writer.String(mark.text);
    } else {
        writer.String("");
        writer.String(mark_of(Value::bytes(mark.text)).text);
    }
    writer.EndArray();
}

void write_known(Writer& writer, const Known& known) {
    writer.Key("seen");
    writer.Int64(known.seen);
    if (known.open.empty()) return;
    writer.Key("open");
    writer.StartArray();
    for (const OpenTransaction& open : known.open) {
        writer.StartArray();
        writer.String(open.id);
        writer.Int64(open.since);
        writer.EndArray();
    }
    writer.EndArray();
}

void write_round(Writer& writer, const TablePosition& position) {
    writer.Key("round");
    writer.StartObject();
    writer.Key("from");
    writer.Int64(position.from);
    write_known(writer, position.then);
    if (!position.child_from.empty()) {
        writer.Key("children");
        writer.StartArray();
        for (const std::int64_t from : position.child_from) writer.Int64(from);
        writer.EndArray();
    }
    if (position.part > 0) {
        writer.Key("part");
        writer.Uint64(position.part);
    }
    writer.EndObject();
}

void write_flag(Writer& writer, const char* name, bool value) {
    if (!value) return;
    writer.Key(name);
    writer.Bool(true);
}

void write_count(Writer& writer, const char* name, std::int64_t value) {
    if (value == 0) return;
    writer.Key(name);
    writer.Int64(value);
}

Kind kind_of(std::string_view name) {
    for (int kind = 0; kind <= static_cast<int>(Kind::object); ++kind)
        if (name_of(static_cast<Kind>(kind)) == name) return static_cast<Kind>(kind);
    return Kind::null;
}

std::string_view view(const Json& text) { return {text.GetString(), text.GetStringLength()}; }

/// Readers return false on any shape that this version does not write.
bool read_marks(const Json& list, std::vector<Mark>& marks) {
    if (!list.IsArray()) return false;
    for (const Json& mark : list.GetArray()) {
        if (!mark.IsArray() || mark.Size() < 2 || !mark[0].IsString() || !mark[1].IsString()) return false;
        const bool hex = mark.Size() == 3 && mark[2].IsString();
        marks.push_back({kind_of(view(mark[0])), hex ? unhex(view(mark[2])) : std::string(view(mark[1]))});
    }
    return true;
}

bool read_open(const Json& list, std::vector<OpenTransaction>& open) {
    if (!list.IsArray()) return false;
    for (const Json& one : list.GetArray()) {
        if (!one.IsArray() || one.Size() != 2 || !one[0].IsString() || !one[1].IsInt64()) return false;
        open.push_back({std::string(view(one[0])), one[1].GetInt64()});
    }
    return true;
}

bool read_integer(const Json& object, const char* name, std::int64_t& value) {
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd()) return true;
    if (!found->value.IsInt64()) return false;
    value = found->value.GetInt64();
    return true;
}

bool read_known(const Json& object, Known& known) {
    const auto open = object.FindMember("open");
    return read_integer(object, "seen", known.seen) &&
           (open == object.MemberEnd() || read_open(open->value, known.open));
}

bool read_children(const Json& round, TablePosition& position) {
    std::int64_t part = 0;
    if (!read_integer(round, "part", part)) return false;
    const auto children = round.FindMember("children");
    if (children != round.MemberEnd() && !children->value.IsArray()) return false;
    if (children != round.MemberEnd())
        for (const Json& from : children->value.GetArray()) {
            if (!from.IsInt64()) return false;
            position.child_from.push_back(from.GetInt64());
        }
    position.part = static_cast<std::size_t>(part);
    return part >= 0 && position.part <= position.child_from.size();
}

bool read_round(const Json& object, TablePosition& position) {
    const auto round = object.FindMember("round");
    if (round == object.MemberEnd()) return true;
    position.in_round = true;
    return round->value.IsObject() && read_integer(round->value, "from", position.from) &&
           read_known(round->value, position.then) && read_children(round->value, position);
}

bool read_phase(const Json& object, Phase& phase) {
    const auto found = object.FindMember("phase");
    if (found == object.MemberEnd() || !found->value.IsString()) return false;
    const auto name = std::find(phase_names.begin(), phase_names.end(), view(found->value));
    if (name == phase_names.end()) return false;
    phase = static_cast<Phase>(name - phase_names.begin());
    return true;
}

bool read_flag(const Json& object, const char* name) {
    const auto found = object.FindMember(name);
    return found != object.MemberEnd() && found->value.IsTrue();
}

}  // namespace

Result<TablePosition> read_table_position(const Position& position) {
    TablePosition read;
    if (position.empty()) return read;
    const auto parsed = parse_position(position, version);
    if (!parsed) return std::unexpected(parsed.error());
    const Json& json = *parsed;
    const auto at = json.FindMember("at");
    const bool whole = read_phase(json, read.phase) && read_known(json, read.known) && read_round(json, read) &&
                       (at == json.MemberEnd() || read_marks(at->value, read.at)) &&
                       read_integer(json, "rows", read.rows) && read_integer(json, "expected", read.expected);
    if (!whole) return bad_position("a part is missing or has the wrong type");
    read.in_scan = read_flag(json, "in_scan");
    read.drained = read_flag(json, "drained");
    read.scanned = read_flag(json, "scanned");
    return read;
}

Result<Position> write_table_position(const TablePosition& position) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    writer.Key("v");
    writer.Int(version);
    writer.Key("phase");
    writer.String(phase_names[static_cast<std::size_t>(position.phase)]);
    if (position.phase != Phase::scan || position.known.seen != 0) write_known(writer, position.known);
    if (position.in_round) write_round(writer, position);
    if (!position.at.empty()) {
        writer.Key("at");
        writer.StartArray();
        for (const Mark& mark : position.at) write_mark(writer, mark);
        writer.EndArray();
    }
    write_flag(writer, "in_scan", position.in_scan);
    write_flag(writer, "drained", position.drained);
    write_flag(writer, "scanned", position.scanned);
    write_count(writer, "rows", position.rows);
    write_count(writer, "expected", position.expected);
    writer.EndObject();
    if (buffer.GetSize() > Position::most_bytes)
        return fail(Verdict::stop, "key_too_long",
                    "the key of a row does not fit into a position of 64 KB; choose a shorter key");
    return Position{std::string(buffer.GetString(), buffer.GetSize())};
}

}  // namespace tributary::walk
