#pragma once

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "connectors/kit/walk/mark.hpp"
#include "core/model/arena.hpp"
#include "core/model/result.hpp"
#include "core/model/value.hpp"

namespace tributary::sqlite {

/// A prepared statement; lives no longer than its database.
class Statement {
  public:
    Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

    Result<void> bind(int index, const walk::Mark& mark);
    Result<void> bind_text(int index, std::string_view text);
    Result<void> bind_integer(int index, std::int64_t value);

    /// True: a row is there. Its texts and bytes are valid until the next step.
    Result<bool> step();

    int columns() const { return sqlite3_column_count(statement_.get()); }
    std::string_view name(int column) const { return sqlite3_column_name(statement_.get(), column); }
    std::string_view declared_type(int column) const;
    /// SQLITE_INTEGER and so on, of the stored value.
    int type(int column) const { return sqlite3_column_type(statement_.get(), column); }
    Value value(int column) const;
    std::int64_t integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }
    std::string text(int column) const { return std::string(view(column)); }

  private:
    struct Finalize {
        // The failure of the last step was already reported by it.
        void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
    };
    std::string_view view(int column) const;
    Result<void> checked(int code);

    sqlite3* database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A file opened for reading only. Every call gives up soon after the stop token given last was triggered.
class Database {
  public:
    /// Fails (retry) when the file is missing, locked or no database.
    static Result<std::unique_ptr<Database>> open(const std::string& path, std::chrono::milliseconds busy_timeout);

    Result<Statement> prepare(const std::string& sql);
    Result<void> execute(const std::string& sql);
    /// `PRAGMA data_version`: changes when another connection commits.
    Result<std::int64_t> data_version();
    /// Another file took the path's place, or none is there.
    bool replaced() const;
    void stop_by(std::stop_token stop) { stop_ = std::move(stop); }

  private:
    struct Close {
        void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
    };
    struct File {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        bool operator==(const File&) const = default;
    };
    Database(std::string path, std::chrono::milliseconds busy_timeout);
    static File identify(const std::string& path);
    static int on_progress(void* self);
    static int on_busy(void* self, int attempts);

    std::string path_;
    std::chrono::milliseconds busy_timeout_;
    std::stop_token stop_;
    File file_;
    std::unique_ptr<sqlite3, Close> handle_;
};

/// What a result code means to the caller, with the database's own message.
Error error_of(sqlite3* database, int code, std::string_view where);

}  // namespace tributary::sqlite
