#include "connectors/odata/snapshot.hpp"

#include <algorithm>
#include <utility>

#include "core/model/key_text.hpp"

namespace tributary::odata {
namespace {

/// Marks and canonical texts of what a key holds here (texts, GUIDs, numbers) are the same.
std::string text_of(std::span<const std::string> parts) {
    std::string text;
    for (const std::string& part : parts) text += part + '\0';
    return text;
}

}  // namespace

Value copied(const Value& value, Arena& arena) {
    Value copy = value;
    if (value.has_text()) {
        copy.data = arena.copy(value.view()).data();
    } else if (value.kind == Kind::list) {
        const auto items = arena.array<Value>(value.size);
        std::ranges::transform(value.items(), items.begin(), [&](const Value& item) { return copied(item, arena); });
        copy.elements = items.data();
    } else if (value.kind == Kind::object) {
        const auto values = arena.array<Value>(value.object->size());
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = copied(value.object->values[i], arena);
        copy.object = arena.copy_of(Object{value.object->shape, values.data()});
    }
    return copy;
}

void Snapshot::fill(std::string of, Arena arena, std::vector<std::shared_ptr<const Shape>> shapes,
                    std::span<const Value> rows, std::span<const std::string> key) {
    clear();
    arena_ = std::move(arena);
    shapes_ = std::move(shapes);
    for (const Value& row : rows) {
        std::vector<std::string> parts;
        for (const std::string& name : key) {
            const int at = row.object->shape->find(name);
            const KeyText text = key_text(at < 0 ? Value::null() : row.object->values[at], arena_);
            parts.emplace_back(text.text);
        }
        entries_.push_back({text_of(parts), row});
    }
    std::ranges::stable_sort(entries_, {}, &Entry::key);
    of_ = std::move(of);
}

void Snapshot::clear() {
    entries_.clear();
    shapes_.clear();
    arena_ = {};
    of_.clear();
}

bool Snapshot::take(std::span<const walk::Mark> behind, const Feed::Limits& limits, Arena& arena,
                    std::vector<Value>& to) const {
    std::vector<std::string> parts;
    for (const walk::Mark& mark : behind) parts.push_back(mark.text);
    const auto after = [&] { return std::ranges::upper_bound(entries_, text_of(parts), {}, &Entry::key); };
    const auto fits = [&] {
        return to.empty() || (to.size() < limits.rows && arena.bytes() < limits.bytes + Arena::chunk_bytes);
    };
    auto at = behind.empty() ? entries_.begin() : after();
    for (; at != entries_.end() && fits(); ++at) to.push_back(copied(at->row, arena));
    return at != entries_.end();
}

std::optional<Value> Snapshot::find(std::span<const std::string> key, Arena& arena) const {
    const std::string wanted = text_of({key.begin(), key.end()});
    const auto found = std::ranges::lower_bound(entries_, wanted, {}, &Entry::key);
    if (found == entries_.end() || found->key != wanted) return std::nullopt;
    return copied(found->row, arena);
}

}  // namespace tributary::odata
