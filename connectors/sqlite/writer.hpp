#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/statement.hpp"
#include "connectors/sqlite/database.hpp"
#include "connectors/sqlite/stamp.hpp"

namespace tributary::sqlite {

/// SQLite's spelling: values are bound, never written into the statement.
class SqliteWriter : public table::SqlWriter {
  public:
    /// `stamps`: nothing where no row has told yet.
    explicit SqliteWriter(std::span<const std::optional<StampForm>> stamps = {}) : stamps_(stamps) {}

    std::string identifier(std::string_view name) override;
    std::string value(const walk::Mark& mark) override;
    std::string moment(std::int64_t micros, std::size_t whose) override;
    std::string stamped(const std::string& column, std::string_view comparison, std::int64_t from,
                        std::size_t whose) override;
    std::vector<std::string> spellings(const std::string& text, std::size_t column) override;
    Result<void> bind(Statement& statement) const;

  private:
    std::span<const std::optional<StampForm>> stamps_;
    std::vector<walk::Mark> values_;
};

}  // namespace tributary::sqlite
