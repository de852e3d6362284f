#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.hpp"

namespace tributary {

/// SQLite's answer in our terms: `state_disk_full`, `state_io`, `state_corrupt`, `state_error`.
Error sqlite_error(sqlite3* db, int code, std::string_view doing);

/// A prepared statement. Bind, step, read, then `reset` before the next use. Bound text is not copied: it must live
/// until `reset`.
class Statement {
  public:
    void bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_.get(), index, value); }
    void bind_text(int index, std::string_view text) {
        sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    void bind_blob(int index, std::string_view bytes) {
        sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_STATIC);
    }
    /// True: a row is there. False: done.
    Result<bool> step();
    /// For statements that give no row: steps and resets.
    Result<> run();
    void reset() { sqlite3_reset(statement_.get()); }

    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    /// Valid until the next step or reset.
    std::string_view blob(int column) const {
        const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
        return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
    }
    explicit operator bool() const { return statement_ != nullptr; }

  private:
    friend class Database;
    struct Finalize {
        void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
    };
    sqlite3* db_ = nullptr;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A SQLite connection that is closed with the object. Used by one thread at a time.
class Database {
  public:
    static Result<Database> open(const std::filesystem::path& file,
                                 int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);

    Result<> execute(const char* sql);
    Result<Statement> prepare(std::string_view sql);
    sqlite3* handle() const { return db_.get(); }

  private:
    struct Close {
        void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    };
    std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace tributary
