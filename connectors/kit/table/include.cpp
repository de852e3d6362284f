#include "connectors/kit/table/include.hpp"

#include <xxhash.h>

namespace tributary::table {
namespace {

std::uint64_t with(std::uint64_t digest, const Value& value) {
    digest ^= static_cast<std::uint64_t>(value.kind) + 1;
    return value.has_text() ? XXH3_64bits_withSeed(value.data, value.size, digest)
                            : XXH3_64bits_withSeed(&value.integer, sizeof(value.integer), digest);
}

}  // namespace

bool Children::take(std::uint32_t parent, const Value* row, bool enough) {
    if (enough && parent > 0) {
        complete = parent;
        while (!parents.empty() && parents.back() == parent) {
            parents.pop_back();
            rows.pop_back();
        }
        return false;
    }
    rows.push_back(row);
    parents.push_back(parent);
    return true;
}

void attach(const Children& children, std::size_t slot, const Page& parents, Arena& arena) {
    const std::size_t count = children.rows.size();
    const auto objects = arena.array<Object>(count);
    const auto elements = arena.array<Value>(count);
    for (std::size_t i = 0; i < count; ++i) {
        objects[i] = {children.shape.get(), children.rows[i]};
        elements[i] = Value::of(&objects[i]);
    }
    std::size_t next = 0;
    for (std::size_t parent = 0; parent < parents.rows.size(); ++parent) {
        const std::size_t first = next;
        while (next < count && children.parents[next] == parent) ++next;
        parents.rows[parent][slot] = Value::list(elements.subspan(first, next - first));
    }
}

void add_to_digests(const Children& children, std::span<std::uint64_t> digests) {
    std::size_t next = 0;
    for (std::size_t parent = 0; parent < digests.size(); ++parent) {
        const std::size_t first = next;
        while (next < children.rows.size() && children.parents[next] == parent)
            for (const Value& value : std::span(children.rows[next++], children.listed))
                digests[parent] = with(digests[parent], value);
        // of two includes, it matters whose child it is
        digests[parent] = with(digests[parent], Value::of(static_cast<std::int64_t>(next - first)));
    }
}

void attach_one(const Children& children, std::size_t slot, const Page& parents, Arena& arena) {
    attach(children, slot, parents, arena);
    for (Value* const row : parents.rows) row[slot] = row[slot].size > 0 ? row[slot].elements[0] : Value::null();
}

}  // namespace tributary::table
