#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/kit/table/definition.hpp"
#include "core/connector/connector.hpp"

namespace tributary::table {

/// The columns a statement asks for, in its order, and where the ones with a part to play are.
struct Selection {
    std::vector<std::string> columns;  ///< The key first, in its order: a row's key is a prefix of its values.
    std::size_t key_size = 0;
    std::optional<std::size_t> watermark;

    /// So many of the first columns a listing of keys reads: what names a row, what says in which version it is, and
    /// what its children are found by.
    std::size_t listed = 0;

    std::vector<std::vector<std::size_t>> parents;  ///< Per include, the parent columns of its `on`.
    std::shared_ptr<const Shape> shape;             ///< The columns, then a slot per include.

    std::optional<std::size_t> place_of(const std::string& column) const;
};

/// Fails (stop, `undefined_column`) naming each column that `available` lacks.
Result<Selection> select(const Definition& definition, std::span<const std::string> available);

/// Of an include: its `on` columns, its key, its watermark, and what the mapping reads (all, when it says so).
Result<Selection> select(const Include& include, std::span<const std::string> available);

}  // namespace tributary::table
