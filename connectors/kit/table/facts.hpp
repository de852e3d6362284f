#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

/// How a dialect makes an index.
struct IndexForm {
    /// Of {index}, {table}, its last part {name}, and {columns}; all come quoted.
    std::string_view statement = "CREATE INDEX ON {table} ({columns})";
    char quote = '"';  ///< Of names in it.

    /// `table` as a stream spells it.
    std::string make(std::string_view table, const std::vector<std::string>& columns) const;
};

/// What a source's catalogue says about a table or a query.
struct Facts {
    struct Column {
        std::string name;
        bool nullable = true;
    };
    struct Index {
        std::vector<std::string> columns = {};
        bool unique = false;
    };

    bool found = false;
    bool readable = true;
    bool has_indexes = true;  ///< False for views and queries: nothing is known, nothing is warned about.
    std::vector<Column> columns = {};
    std::vector<Index> indexes = {};
    IndexForm index_form = {};
    std::vector<std::string> tables = {};            ///< Readable ones, for a suggestion when this one is not found.
    std::string_view noun = "table";                 ///< What the source calls it.
    std::string of = {};                             ///< What it should be a part of; empty: of nothing.
    std::string_view remedy = "grant select on it";  ///< Where it is not readable.
    std::string_view unless = {};                    ///< Why a column may be missing that is there, as `, or …`.
    std::vector<Finding> others = {};                ///< What the reader itself found wrong with it.
};

/// `wanted`: the columns somebody reads, checked beside key and watermark.
std::vector<Finding> findings(const Definition& definition, const Facts& facts, std::span<const std::string> wanted);
/// Of an include of this definition.
std::vector<Finding> findings(const Definition& definition, const Include& include, const Facts& facts);

}  // namespace tributary::table
