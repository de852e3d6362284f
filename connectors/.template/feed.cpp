#include "connectors/@NAME@/feed.hpp"

#include <rapidjson/document.h>

#include <fstream>
#include <memory>
#include <utility>

namespace tributary::@NAME@ {
namespace {

/// Where reading goes on.
struct Place {
    std::int64_t offset = 0;  ///< Bytes.
    std::int64_t line = 0;    ///< Lines before it.
};

Result<Place> read_place(const Position& position) {
    if (position.empty()) return Place{};
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(position.json.data(), position.json.size());
    const auto is_integer = [&](const char* name) { return json.HasMember(name) && json[name].IsInt64(); };
    const auto bad =
        fail(Verdict::stop, "bad_position", "the stored position cannot be read; `tributary reset` starts over");
    if (json.HasParseError() || !json.IsObject()) return bad;
    if (!is_integer("v") || json["v"].GetInt64() != 1 || !is_integer("offset") || !is_integer("line")) return bad;
    const Place place{json["offset"].GetInt64(), json["line"].GetInt64()};
    if (place.offset < 0 || place.line < 0) return bad;
    return place;
}

Position write_place(const Place& place) {
    return {"{\"v\":1,\"offset\":" + std::to_string(place.offset) + ",\"line\":" + std::to_string(place.line) + "}"};
}

void add_row(Batch& batch, const Shape& shape, std::int64_t line, std::string_view text) {
    const auto values = batch.arena.array<Value>(2);
    values[0] = Value::of(line);
    values[1] = Value::text(batch.arena.copy(text));
    Row& row = batch.rows.emplace_back();
    row.key = values.first(1);
    row.values = {&shape, values.data()};
}

}  // namespace

Result<Batch> LineFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    auto place = read_place(after);
    if (!place) return std::unexpected(place.error());
    std::ifstream file(path_, std::ios::binary);
    if (!file) return fail(Verdict::retry, "cannot_open", "cannot open " + path_);
    file.seekg(place->offset);
    Batch batch;
    batch.read_at = wall_clock_now();
    const auto shape = std::make_shared<const Shape>(Shape{{"line", "text"}});
    batch.shapes.push_back(shape);
    std::string text;
    // A last line without its end makes getline meet the end of the file.
    while (std::getline(file, text) && !file.eof()) {
        place->offset += static_cast<std::int64_t>(text.size()) + 1;
        add_row(batch, *shape, ++place->line, text);
        batch.more = batch.rows.size() >= limits.rows || batch.arena.bytes() > limits.bytes + Arena::chunk_bytes;
        if (batch.more || stop.stop_requested()) break;
    }
    if (file.bad()) return fail(Verdict::retry, "cannot_read", "cannot read " + path_);
    batch.next = batch.rows.empty() ? after : write_place(*place);
    if (!batch.more) batch.current_to = batch.read_at;
    return batch;
}

}  // namespace tributary::@NAME@
