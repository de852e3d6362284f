#include "connectors/kit/table/include.hpp"

namespace tributary::table {

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

void attach_one(const Children& children, std::size_t slot, const Page& parents, Arena& arena) {
    attach(children, slot, parents, arena);
    for (Value* const row : parents.rows) row[slot] = row[slot].size > 0 ? row[slot].elements[0] : Value::null();
}

}  // namespace tributary::table
