#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/discovery/proposal.hpp"

namespace tributary::discovery {
namespace {

using table::CatalogueColumn;
using table::CatalogueTable;
using table::ColumnKind;

bool all_readable(const std::vector<std::string>& columns, const CatalogueTable& table) {
    return std::ranges::all_of(columns, [&](const std::string& name) { return table.column(name) != nullptr; });
}

bool any_nullable(const std::vector<std::string>& columns, const CatalogueTable& table) {
    return std::ranges::any_of(columns, [&](const std::string& name) { return table.column(name)->nullable; });
}

bool has_index(const CatalogueTable& table, const std::string& column) {
    return std::ranges::any_of(table.indexes, [&](const table::Facts::Index& index) {
        return !index.columns.empty() && index.columns.front() == column;
    });
}

std::string why(const WatermarkGuess& guess) {
    const CatalogueColumn& column = *guess.column;
    return fmt::format(
        "{}, {}, {}{}", column.type,
        column.nullable ? (column.has_default ? "may be NULL though it has a default" : "may be NULL") : "NOT NULL",
        guess.indexed ? "indexed" : "no index", column.stamped ? ", stamped by the database" : "");
}

}  // namespace

KeyGuess guess_key(const CatalogueTable& table) {
    if (!table.primary_key.empty() && all_readable(table.primary_key, table)) return {table.primary_key, ""};
    const table::Facts::Index* best = nullptr;
    const table::Facts::Index* nullable = nullptr;
    for (const table::Facts::Index& index : table.indexes) {
        if (!index.unique || index.columns.empty() || !all_readable(index.columns, table)) continue;
        if (any_nullable(index.columns, table))
            nullable = &index;
        else if (best == nullptr || index.columns.size() < best->columns.size())
            best = &index;
    }
    if (best != nullptr) return {best->columns, "no primary key: a unique index over NOT NULL columns stands in"};
    if (nullable != nullptr)
        return {{}, fmt::format("the unique index over ({}) may hold NULL", fmt::join(nullable->columns, ", "))};
    return {{}, table.is_view ? "a view does not say what identifies a row" : "no primary key and no unique index"};
}

std::vector<WatermarkGuess> guess_watermarks(const CatalogueTable& table) {
    std::vector<WatermarkGuess> guesses;
    for (const CatalogueColumn& column : table.columns) {
        const bool clock = column.kind == ColumnKind::instant || column.kind == ColumnKind::local_time;
        if (!clock && column.kind != ColumnKind::date) continue;
        const Meaning meaning = meaning_of(column.name);
        const bool only_time = meaning.concepts == std::vector<std::string_view>{"time"};
        WatermarkGuess guess{.column = &column, .why = {}};
        guess.says_changes = column.stamped || meaning.has("changed");
        if (!guess.says_changes && !only_time && !meaning.has("created")) continue;
        guess.indexed = has_index(table, column.name);
        guess.rank = (guess.says_changes ? 16 : 0) + (clock ? 8 : 0) + (meaning.has("changed") ? 4 : 0) +
                     (guess.indexed ? 2 : 0) + (column.nullable ? 0 : 1);
        guess.why = why(guess);
        guesses.push_back(std::move(guess));
    }
    std::ranges::stable_sort(guesses, std::ranges::greater(), &WatermarkGuess::rank);
    return guesses;
}

const WatermarkGuess* StreamGuess::watermark() const {
    return watermarks.empty() || !watermarks.front().says_changes ? nullptr : &watermarks.front();
}

}  // namespace tributary::discovery
