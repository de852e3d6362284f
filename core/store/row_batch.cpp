#include "core/store/row_batch.hpp"

#include <utility>

#include "core/store/state_row.hpp"

namespace tributary {

namespace {

constexpr int columns = 2;

void bind_row(Statement& statement, int row, std::int64_t place, std::string_view bytes) {
    statement.bind(columns * row + 1, place);
    statement.bind_blob(columns * row + 2, bytes);
}

}  // namespace

Result<RowBatch> RowBatch::prepare(Database& database) {
    std::string sql = "REPLACE INTO state_by_number VALUES(?,?)";
    auto one = database.prepare(sql);
    if (!one) return std::unexpected(one.error());
    for (std::size_t i = 1; i < most_rows; ++i) sql += ",(?,?)";
    auto many = database.prepare(sql);
    if (!many) return std::unexpected(many.error());
    RowBatch batch;
    batch.one_ = std::move(*one);
    batch.many_ = std::move(*many);
    return batch;
}

Result<> RowBatch::add(std::int64_t place, StreamNo stream, std::string_view key, const State& state) {
    Entry& entry = entries_[count_++];
    entry.place = place;
    encode_row(entry.row, stream, key, state);
    return count_ == most_rows ? flush() : Result<>{};
}

Result<> RowBatch::flush() {
    if (failed_) return std::unexpected(*failed_);
    auto written = write(std::exchange(count_, 0));
    if (!written) failed_ = written.error();
    return written;
}

Result<> RowBatch::write(std::size_t count) {
    if (count == most_rows) {
        for (std::size_t i = 0; i < count; ++i)
            bind_row(many_, static_cast<int>(i), entries_[i].place, entries_[i].row);
        return many_.run();
    }
    for (std::size_t i = 0; i < count; ++i) {
        bind_row(one_, 0, entries_[i].place, entries_[i].row);
        if (auto done = one_.run(); !done) return done;
    }
    return {};
}

}  // namespace tributary
