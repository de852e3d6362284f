#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/kit/walk/table_walk.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

struct Watermark {
    std::string column;
    std::optional<std::chrono::microseconds> overlap;
    bool by_application = false;
    std::int64_t unit = 0;  ///< Microseconds that a number counts; 0: the column holds times.
};

/// A child table whose rows are read with each parent, as a list of objects under `name`, or as one object.
struct Include {
    std::string name;
    std::string table;
    std::vector<std::pair<std::string, std::string>> on;  ///< Child column, parent column.
    std::vector<std::string> key;
    std::vector<std::string> columns;  ///< Which the mapping reads.
    bool whole = false;                ///< The mapping reads all of them.
    bool one = false;                  ///< An object, null where there is none; the first by key where there are more.
    std::optional<Watermark> watermark = {};  ///< Finds children that changed alone.
    std::string field = {};                   ///< Of an API: the parent's field that leads to them; then no `on`.

    const std::string& what() const { return table.empty() ? field : table; }
};

/// A stream as its YAML asks for it. Outlives nothing of the configuration: everything is copied.
struct Definition {
    std::string stream;
    std::string table;  ///< As written; empty when there is a query.
    std::string query;
    std::string where;  ///< Condition on the rows, in the dialect; empty: all.
    std::vector<std::string> key;
    std::optional<Watermark> watermark;
    std::optional<std::chrono::microseconds> max_hold;
    std::vector<Include> includes;
    std::vector<std::string> columns;  ///< Which the mapping reads, without the includes; empty: all.
    std::vector<std::vector<std::string>> searched = {};  ///< Columns, of children too, that rows are searched by.
    std::string time_zone;                                ///< Of naive watermarks; empty: none declared.
    std::vector<std::string> paths = {};                  ///< StreamSettings::paths.
    std::vector<std::string> instants = {};               ///< StreamSettings::instants.
    bool rounds_by_key = false;                           ///< As in TableWalkSettings.
    bool lookup = false;                                  ///< Read whole, for the fields of other streams.

    std::string what() const { return table.empty() ? "the query of '" + stream + "'" : table; }
    walk::TableWalkSettings walk_settings() const;
    /// The includes whose watermark is followed, in the order of the walk's children.
    std::vector<std::size_t> followed() const;
    /// Columns of one table that rows are searched by: those of an include begin with its name and a dot, which is left
    /// out; with an empty `prefix` the rows' own.
    std::vector<std::vector<std::string>> searched_in(const std::string& prefix) const;
};

/// Of a column that holds numbers, or times, or neither: whether the watermark's `unit` says so. `bad_watermark`: not.
Result<void> check_unit(const Watermark& watermark, const std::string& table, bool number, bool time);

/// How the options call what rows are read from, and which options there are.
struct Terms {
    std::string_view object = "table";
    bool sql = true;  ///< Else of an API: no `query`, includes by `field`, rounds by key.
};

/// Checks what the options alone cannot say, each finding at its place.
Definition define(const StreamSettings& stream, Diagnostics& diagnostics, const Terms& terms = {});
/// The same of a look-up, which is read whole.
Definition define_lookup(const StreamSettings& lookup, Diagnostics& diagnostics, const Terms& terms = {});

}  // namespace tributary::table
