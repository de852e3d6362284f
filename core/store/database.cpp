#include "core/store/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tributary {

Error sqlite_error(sqlite3* db, int code, std::string_view doing) {
    const char* name = "state_error";
    switch (code & 0xff) {
        case SQLITE_FULL:
            name = "state_disk_full";
            break;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            name = "state_corrupt";
            break;
        case SQLITE_IOERR:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
            name = "state_io";
            break;
        default:
            break;
    }
    const char* const file = db ? sqlite3_db_filename(db, "main") : nullptr;
    const std::string where =
        file && *file && doing.find(file) == std::string_view::npos ? fmt::format(" {}", file) : "";
    return {Verdict::retry, name,
            fmt::format("{}{}: {}", doing, where, db ? sqlite3_errmsg(db) : sqlite3_errstr(code))};
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    Error error = sqlite_error(db_, code, "state cache");
    reset();
    return std::unexpected(std::move(error));
}

Result<> Statement::run() {
    auto stepped = step();
    reset();
    if (!stepped) return std::unexpected(stepped.error());
    return {};
}

Result<Database> Database::open(const std::filesystem::path& file, int flags) {
    Database database;
    sqlite3* db = nullptr;
    // SQLite would make a file that everybody can read, and gives its logs the rights of the file
    if ((flags & SQLITE_OPEN_CREATE) != 0)
        if (const int made = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); made >= 0) ::close(made);
    const int code = sqlite3_open_v2(file.c_str(), &db, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database.db_.reset(db);
    if (code != SQLITE_OK) return std::unexpected(sqlite_error(db, code, fmt::format("cannot open {}", file.string())));
    sqlite3_extended_result_codes(db, 1);
    return database;
}

Result<> Database::execute(const char* sql) {
    const int code = sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return std::unexpected(sqlite_error(db_.get(), code, "state cache"));
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    Statement statement;
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &raw, nullptr);
    if (code != SQLITE_OK) return std::unexpected(sqlite_error(db_.get(), code, "state cache"));
    statement.db_ = db_.get();
    statement.statement_.reset(raw);
    return statement;
}

}  // namespace tributary
