#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "core/store/database.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// Rows under integer keys on their way into SQLite, several with one statement: a statement costs as much as the rows
/// it writes. Rows are written in the order they were added.
class RowBatch {
  public:
    static constexpr std::size_t most_rows = 16;
    static Result<RowBatch> prepare(Database& database);

    /// Writes what is there once it is full.
    Result<> add(std::int64_t place, StreamNo stream, std::string_view key, const State& state);
    /// Rows that could not be written are lost: from then on every call fails, until `clear`.
    Result<> flush();
    void clear() {
        count_ = 0;
        failed_.reset();
    }

  private:
    Result<> write(std::size_t count);

    struct Entry {
        std::int64_t place = 0;
        std::string row;
    };
    Statement many_;
    Statement one_;
    std::array<Entry, most_rows> entries_;
    std::size_t count_ = 0;
    std::optional<Error> failed_;
};

}  // namespace tributary
