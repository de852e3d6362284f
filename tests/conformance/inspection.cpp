#include "tests/conformance/inspection.hpp"

#include <rapidjson/document.h>

#include <algorithm>

#include "core/model/key_text.hpp"
#include "core/model/time.hpp"
#include "core/publish/checkpoint.hpp"

namespace tributary::conformance {
namespace {

void inspect_size(Trial& trial, const Batch& batch, const Feed::Limits& limits) {
    if (batch.rows.size() > 2 * limits.rows)
        trial.breaks(Rule::limit_ignored, std::to_string(batch.rows.size()) + " rows where " +
                                              std::to_string(limits.rows) + " were asked for");
    if (batch.rows.size() > 1 && batch.arena.bytes() > 2 * (limits.bytes + Arena::chunk_bytes))
        trial.breaks(Rule::limit_ignored, std::to_string(batch.arena.bytes()) + " bytes where " +
                                              std::to_string(limits.bytes) + " were asked for");
}

void inspect_row(Trial& trial, const FeedInfo& feed, const Batch& batch, const Row& row) {
    trial.heard(row.position, "a row's position");
    if (row.stream >= feed.streams.size()) trial.breaks(Rule::batch_malformed, "a row of a stream that is not there");
    if (row.op == Op::truncate) return;
    if (key_of(row).empty()) trial.breaks(Rule::batch_malformed, "a row without a usable key");
    if (row.op == Op::remove) return;
    const auto owned = [&](const auto& shape) { return shape.get() == row.values.shape; };
    if (std::none_of(batch.shapes.begin(), batch.shapes.end(), owned))
        trial.breaks(Rule::memory_outside_arena, "a row's shape is none of the batch's");
    if (!column(row, trial.subject().text_column()))
        trial.breaks(Rule::batch_malformed, "a row without the column " + trial.subject().text_column());
}

void inspect_position(Trial& trial, const Position& position, bool has_rows) {
    trial.heard(position.json, "a position");
    if (has_rows && position.empty()) trial.breaks(Rule::position_malformed, "none behind rows");
    if (position.json.size() > Position::most_bytes)
        trial.breaks(Rule::position_malformed, std::to_string(position.json.size()) + " bytes long");
    if (position.empty()) return;
    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(position.json.data(),
                                                                                       position.json.size());
    if (json.HasParseError() || !json.IsObject())
        trial.breaks(Rule::position_malformed, "no JSON object: " + position.json.substr(0, 200));
    if (stored(position) != position)
        trial.breaks(Rule::position_malformed, "a checkpoint gives another one back: " + position.json.substr(0, 200));
}

}  // namespace

void inspect(Trial& trial, const FeedInfo& feed, const Batch& batch, const Feed::Limits& limits) {
    inspect_size(trial, batch, limits);
    std::size_t text_bytes = 0;
    for (const Row& row : batch.rows) {
        inspect_row(trial, feed, batch, row);
        const Value* const text = column(row, trial.subject().text_column());
        if (text && text->has_text()) text_bytes += text->size;
    }
    if (text_bytes > batch.arena.bytes())
        trial.breaks(Rule::memory_outside_arena, "the rows hold more text than the batch's arena");
    if (batch.read_at == no_time) trial.breaks(Rule::batch_malformed, "a batch without the time it was read");
    inspect_position(trial, batch.next, !batch.rows.empty());
    for (const Condition& condition : batch.conditions)
        trial.heard(Error{Verdict::retry, condition.code, condition.what});
}

Position stored(const Position& position) {
    const auto record = checkpoint::decode_feed(checkpoint::encode(FeedRecord{position, {}, no_time, {}}));
    return record ? record->position : Position{};
}

std::string key_of(const Row& row) {
    std::string key;
    Arena arena;
    for (const Value& part : row.key) {
        const KeyText text = key_text(part, arena);
        if (!text) return {};
        append_key_part(text.text, &part == row.key.data(), key);
    }
    return key;
}

const Value* column(const Row& row, std::string_view name) {
    const int index = row.values.shape ? row.values.shape->find(name) : -1;
    return index < 0 ? nullptr : row.values.values + index;
}

std::string spelled(const Value& value) {
    Arena arena;
    if (value.has_text()) return std::string(value.view());
    const KeyText text = key_text(value, arena);
    return text ? std::string(text.text) : std::string(name_of(value.kind));
}

std::string spelled(const Batch& batch) {
    std::string all;
    for (const Row& row : batch.rows) {
        all += key_of(row) + ":";
        for (std::size_t i = 0; i < row.values.size(); ++i) all += spelled(row.values.values[i]) + ",";
        all += std::string(row.position) + "\n";
    }
    return all;
}

}  // namespace tributary::conformance
