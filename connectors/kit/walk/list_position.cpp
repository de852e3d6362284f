#include "connectors/kit/walk/list_position.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <utility>

#include "connectors/kit/walk/position_json.hpp"

namespace tributary::walk {
namespace {

constexpr int version = 1;
constexpr std::string_view of_a_list = "list";
constexpr std::array phase_names{"fresh", "load", "poll", "scan"};

struct Count {
    const char* name;
    std::int64_t ListPosition::*member;
};
constexpr std::array counts{Count{"seen", &ListPosition::seen},      Count{"then", &ListPosition::then},
                            Count{"read", &ListPosition::read},      Count{"anchored", &ListPosition::anchored},
                            Count{"size", &ListPosition::size},      Count{"given", &ListPosition::given},
                            Count{"rows", &ListPosition::rows},      Count{"topped", &ListPosition::topped},
                            Count{"repeats", &ListPosition::repeats}};

struct Flag {
    const char* name;
    bool ListPosition::*member;
};
constexpr std::array flags{Flag{"going", &ListPosition::going}, Flag{"moved", &ListPosition::moved},
                           Flag{"drained", &ListPosition::drained}, Flag{"scanned", &ListPosition::scanned}};

using Json = rapidjson::Value;

bool read_phase(const Json& object, Phase& phase) {
    const Json* const found = member(object, "phase");
    if (found == nullptr || !found->IsString()) return false;
    const auto name = std::ranges::find(phase_names, std::string_view(found->GetString(), found->GetStringLength()));
    if (name == phase_names.end()) return false;
    phase = static_cast<Phase>(name - phase_names.begin());
    return true;
}

struct Text {
    const char* name;
    std::string ListPosition::*member;
};
constexpr std::array texts{Text{"token", &ListPosition::token}, Text{"top", &ListPosition::top}};

bool read_texts(const Json& object, ListPosition& position) {
    for (const Text& text : texts) {
        const Json* const found = member(object, text.name);
        if (found == nullptr) continue;
        if (!found->IsString()) return false;
        (position.*text.member).assign(found->GetString(), found->GetStringLength());
    }
    const Json* const anchors = member(object, "anchors");
    if (anchors == nullptr) return true;
    if (!anchors->IsArray()) return false;
    for (const Json& anchor : anchors->GetArray()) {
        if (!anchor.IsString()) return false;
        position.anchors.emplace_back(anchor.GetString(), anchor.GetStringLength());
    }
    return true;
}

}  // namespace

Result<ListPosition> read_list_position(const Position& position) {
    ListPosition read;
    if (position.empty()) return read;
    const auto parsed = parse_position(position, version, of_a_list);
    if (!parsed) return std::unexpected(parsed.error());
    const Json& json = *parsed;
    bool whole = read_phase(json, read.phase) && read_texts(json, read);
    for (const Count& count : counts) {
        const Json* const found = member(json, count.name);
        if (found == nullptr) continue;
        whole = whole && found->IsInt64();
        if (whole) read.*count.member = found->GetInt64();
    }
    if (!whole || read.read < 0 || read.size < 0) return bad_position("a part is missing or has the wrong type");
    for (const Flag& flag : flags) {
        const Json* const found = member(json, flag.name);
        read.*flag.member = found != nullptr && found->IsTrue();
    }
    return read;
}

Result<Position> write_list_position(const ListPosition& position) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    writer.StartObject();
    writer.Key("v");
    writer.Int(version);
    writer.Key("of");
    writer.String(of_a_list.data(), static_cast<rapidjson::SizeType>(of_a_list.size()));
    writer.Key("phase");
    writer.String(phase_names[static_cast<std::size_t>(position.phase)]);
    for (const Count& count : counts) {
        if (position.*count.member == 0) continue;
        writer.Key(count.name);
        writer.Int64(position.*count.member);
    }
    for (const Flag& flag : flags) {
        if (!(position.*flag.member)) continue;
        writer.Key(flag.name);
        writer.Bool(true);
    }
    for (const Text& text : texts) {
        if ((position.*text.member).empty()) continue;
        writer.Key(text.name);
        writer.String(position.*text.member);
    }
    if (!position.anchors.empty()) {
        writer.Key("anchors");
        writer.StartArray();
        for (const std::string& anchor : position.anchors) writer.String(anchor);
        writer.EndArray();
    }
    writer.EndObject();
    if (buffer.GetSize() > Position::most_bytes)
        return fail(Verdict::stop, "token_too_long",
                    "what the source calls its next page does not fit into a position");
    return Position{std::string(buffer.GetString(), buffer.GetSize())};
}

}  // namespace tributary::walk
