#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/connector/connector.hpp"
#include "core/model/arena.hpp"
#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary::mapping {

/// Makes rows as a connector would deliver them from what a case says. Plain scalars take the kind they look like: 42
/// an integer, 12.50 a decimal, true a boolean, 2026-01-31 a date, `2026-01-31 10:00:00` a timestamp without and
/// `2026-01-31T10:00:00Z` one with a zone; everything else and everything in quotes is text. A map with one key names
/// another kind: {$real: 0.1}, {$bytes: 00ff}, {$uuid: …}, {$json: '…'}, {$text: …}, {$decimal: …}, {$unchanged: ~},
/// {$broken: c328} (text of these bytes). `{$remove: {id: 7}}` in place of a row is a delete.
class CaseRows {
  public:
    explicit CaseRows(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

    /// Valid as long as this object and the arena.
    Row row(const Node& node, const std::vector<std::string>& key, Arena& arena);

  private:
    Value value(const Node& node, Arena& arena);
    Value scalar(const Node& node, Arena& arena);
    Value named_kind(const Node::Entry& entry, Arena& arena);
    Object object(const Node& node, Arena& arena);
    const Shape* shape(const Node& node);

    Diagnostics& diagnostics_;
    std::vector<std::unique_ptr<Shape>> shapes_;
};

}  // namespace tributary::mapping
