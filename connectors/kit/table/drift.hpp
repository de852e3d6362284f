#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/condition.hpp"

namespace tributary::table {

/// A column with its type as the database spells it; empty where only names are known (of a query).
struct ColumnType {
    std::string name;
    std::string type;
    bool operator==(const ColumnType&) const = default;
};

/// How the columns of a stream's tables differ from those it had when it was opened. What cannot go on without them
/// parks the stream; the rest (a column that nobody maps yet, another type) goes on and has to be told. Pure.
class Drift {
  public:
    /// `table` as the stream spells it. The first call is what all later ones are held against.
    void saw(const std::string& table, std::vector<ColumnType> columns);
    /// Nothing while all is as it was.
    std::optional<Condition> condition() const;

  private:
    struct Table {
        std::vector<ColumnType> before;
        std::vector<ColumnType> now;
    };
    std::map<std::string, Table> tables_;
};

}  // namespace tributary::table
