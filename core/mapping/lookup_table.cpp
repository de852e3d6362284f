#include "core/mapping/lookup_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include <algorithm>

#include "core/model/key_text.hpp"
#include "core/settings/utf8.hpp"

namespace tributary {
namespace {

constexpr std::size_t most_shown = 100;
/// What the index takes for a row beside its key: node, hash and bucket.
constexpr std::size_t index_bytes = 64;

/// One part stands for itself, so that the usual look-up joins nothing.
std::string joined(std::span<const std::string_view> parts) {
    std::string key;
    for (std::size_t i = 0; i < parts.size(); ++i) append_key_part(parts[i], i == 0, key);
    return key;
}

void append(const Value& value, std::string& bytes) {
    bytes += static_cast<char>(value.kind);
    const auto add = [&](const auto& number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof number); };
    if (value.has_text()) {
        add(value.size);
        bytes += value.view();
    } else if (value.kind == Kind::list) {
        add(value.size);
        for (const Value& item : value.items()) append(item, bytes);
    } else if (value.kind == Kind::object) {
        add(value.object->size());
        for (std::size_t i = 0; i < value.object->size(); ++i) append(value.object->values[i], bytes);
    } else if (value.kind == Kind::boolean) {
        add(value.boolean);
    } else if (value.kind == Kind::real) {
        add(value.real);
    } else {
        add(value.integer);
    }
}

void append_columns(const Object& row, std::span<const std::string> names, std::string& bytes) {
    for (const std::string& name : names) {
        const int at = row.shape->find(name);
        append(at < 0 ? Value::null() : row.values[at], bytes);
    }
}

}  // namespace

const Object* LookupTable::find(std::span<const std::string_view> key) const {
    const auto found = key.size() == 1 ? rows_.find(key.front()) : rows_.find(joined(key));
    return found == rows_.end() ? nullptr : &found->second;
}

std::string LookupTable::contents(std::span<const std::string> columns) const {
    std::vector<std::string> names(columns.begin(), columns.end());
    std::ranges::sort(names);
    XXH128_hash_t sum{};
    std::string bytes;
    for (const auto& [key, row] : rows_) {
        bytes.assign(key);
        append_columns(row, names, bytes);
        const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
        sum.low64 += hash.low64;  // adding forgets the order of the rows
        sum.high64 += hash.high64;
    }
    bytes = fmt::format("{}:{:016x}{:016x}:{}", rows_.size(), sum.high64, sum.low64, fmt::join(names, ","));
    const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

LookupTable::Key LookupTable::parts(std::string_view key) const {
    return key_size_ == 1 ? Key{std::string(key)} : key_parts(key);
}

std::optional<std::vector<LookupTable::Key>> LookupTable::differences(const LookupTable& other,
                                                                      std::span<const std::string> columns,
                                                                      std::size_t most) const {
    std::vector<Key> keys;
    std::string mine, others;
    for (const auto& [key, row] : rows_) {
        const auto found = other.rows_.find(key);
        mine.clear();
        others.clear();
        append_columns(row, columns, mine);
        if (found != other.rows_.end()) append_columns(found->second, columns, others);
        if (found == other.rows_.end() || mine != others) keys.push_back(parts(key));
        if (keys.size() > most) return std::nullopt;
    }
    for (const auto& [key, row] : other.rows_) {
        if (!rows_.contains(key)) keys.push_back(parts(key));
        if (keys.size() > most) return std::nullopt;
    }
    return keys;
}

LookupBuilder::LookupBuilder(std::string name, std::vector<std::string> key, std::size_t most)
    : key_(std::move(key)), most_(most), table_(std::make_shared<LookupTable>()) {
    table_->name_ = std::move(name);
    table_->key_size_ = key_.size();
}

Result<> LookupBuilder::add(Batch batch) {
    for (const Row& row : batch.rows)
        if (auto added = add(row); !added) return added;
    std::ranges::move(batch.shapes, std::back_inserter(table_->shapes_));
    if (!batch.rows.empty()) table_->arenas_.push_back(std::move(batch.arena));
    if (bytes() > most_)
        return fail(Verdict::stop, "lookup_too_large",
                    fmt::format("look-up '{0}' takes more than {1} MB of memory: a table of that size is read with the "
                                "rows that need it, by `include: {{{0}: {{table: …, on: …, one: true}}}}` in their "
                                "stream",
                                table_->name_, most_ / (1024 * 1024)));
    return {};
}

Result<> LookupBuilder::add(const Row& row) {
    std::vector<std::string_view> parts;
    for (const Value& value : row.key) {
        const KeyText text = key_text(value, table_->keys_);
        if (text.why == NoKey::null) return {};
        if (!text)
            return fail(Verdict::stop, "lookup_key",
                        fmt::format("look-up '{}' has a row whose key [{}] is {}", table_->name_, fmt::join(key_, ", "),
                                    explain(text.why)));
        parts.push_back(text.text);
    }
    const std::string key = parts.size() == 1 ? std::string(parts.front()) : joined(parts);
    if (!table_->rows_.emplace(table_->keys_.copy(key), row.values).second)
        return fail(
            Verdict::stop, "lookup_key",
            fmt::format("look-up '{}' has several rows with the key [{}] '{}': which one is meant? Choose a key "
                        "that names one row, or leave the others out by `where`",
                        table_->name_, fmt::join(key_, ", "), shortened(key, most_shown)));
    return {};
}

std::size_t LookupBuilder::bytes() const {
    std::size_t bytes = table_->keys_.bytes() + table_->rows_.size() * index_bytes;
    for (const Arena& arena : table_->arenas_) bytes += arena.bytes();
    return bytes;
}

}  // namespace tributary
