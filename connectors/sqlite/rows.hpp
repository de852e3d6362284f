#pragma once

#include <string>
#include <string_view>

#include "connectors/sqlite/database.hpp"

namespace tributary::sqlite {

/// Calls `row` for each row of a statement with at most one text parameter.
template <typename Row>
Result<void> for_each(Database& database, const std::string& sql, std::string_view parameter, Row row) {
    auto statement = database.prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    if (!parameter.empty())
        if (auto bound = statement->bind_text(1, parameter); !bound) return bound;
    for (;;) {
        const auto stepped = statement->step();
        if (!stepped) return std::unexpected(stepped.error());
        if (!*stepped) return {};
        row(*statement);
    }
}

}  // namespace tributary::sqlite
