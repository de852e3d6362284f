#include "connectors/kit/table/feed_around.hpp"

#include "core/model/key_text.hpp"

namespace tributary::table {

std::unordered_set<std::string> FeedAround::keys_in(const Batch& batch) {
    std::unordered_set<std::string> keys;
    Arena arena;
    for (const Row& row : batch.rows) {
        std::vector<std::string> key;
        for (const Value& value : row.key) key.emplace_back(key_text(value, arena).text);
        keys.insert(joined_key(key));
    }
    return keys;
}

void FeedAround::add_gone(std::span<const std::string> key, std::int64_t at, Batch& batch) {
    const auto values = batch.arena.array<Value>(key.size());
    for (std::size_t i = 0; i < key.size(); ++i) values[i] = Value::text(batch.arena.copy(key[i]));
    Row& row = batch.rows.emplace_back();
    row.op = Op::remove;
    row.key = values;
    row.source_time = at;
}

}  // namespace tributary::table
