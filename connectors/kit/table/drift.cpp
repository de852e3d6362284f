#include "connectors/kit/table/drift.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tributary::table {
namespace {

const ColumnType* find(const std::vector<ColumnType>& columns, const std::string& name) {
    const auto found = std::ranges::find(columns, name, &ColumnType::name);
    return found == columns.end() ? nullptr : &*found;
}

void add(std::string& all, std::string one) { all += (all.empty() ? "" : ", ") + std::move(one); }

std::string spelled(const ColumnType& column) {
    return column.type.empty() ? fmt::format("'{}'", column.name) : fmt::format("'{}' ({})", column.name, column.type);
}

std::string differences(const std::vector<ColumnType>& before, const std::vector<ColumnType>& now) {
    std::string all;
    for (const ColumnType& column : now) {
        const ColumnType* const old = find(before, column.name);
        if (!old)
            add(all, spelled(column) + " is new");
        else if (old->type != column.type)
            add(all, fmt::format("'{}' is {}, was {}", column.name, column.type, old->type));
    }
    for (const ColumnType& column : before)
        if (!find(now, column.name)) add(all, spelled(column) + " is gone");
    return all;
}

}  // namespace

void Drift::saw(const std::string& table, std::vector<ColumnType> columns) {
    Table& known = tables_[table];
    if (known.before.empty()) known.before = columns;
    known.now = std::move(columns);
}

std::optional<Condition> Drift::condition() const {
    std::string what;
    for (const auto& [name, table] : tables_)
        if (const std::string changed = differences(table.before, table.now); !changed.empty())
            what += fmt::format("{}columns of {} have changed while the stream runs: {}", what.empty() ? "" : "; ",
                                name, changed);
    if (what.empty()) return std::nullopt;
    return Condition{"schema_drift", what + "; reload the configuration when the mapping fits them"};
}

}  // namespace tributary::table
