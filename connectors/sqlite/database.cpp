#include "connectors/sqlite/database.hpp"

#include <sys/stat.h>

#include <charconv>
#include <limits>
#include <utility>

namespace tributary::sqlite {
namespace {

constexpr int instructions_between_checks = 10'000;
constexpr int busy_wait_milliseconds = 10;

std::string unhex(std::string_view hex) {
    std::string bytes(hex.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        unsigned byte = 0;
        std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, byte, 16);
        bytes[i] = static_cast<char>(byte);
    }
    return bytes;
}

template <typename Number>
Number number_of(std::string_view text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

Error error_of(sqlite3* database, int code, std::string_view where) {
    const std::string what = std::string(where) + ": " + (database ? sqlite3_errmsg(database) : sqlite3_errstr(code));
    switch (code & 0xff) {
        case SQLITE_INTERRUPT:
            return {Verdict::retry, "stopped", what};
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return {Verdict::retry, "locked", what};
        case SQLITE_CANTOPEN:
            return {Verdict::retry, "cannot_open", what};
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return {Verdict::retry, "not_a_database", what + " (is it being copied?)"};
        case SQLITE_ERROR:
        case SQLITE_MISUSE:
        case SQLITE_RANGE:
            return {Verdict::stop, "bad_statement", what};
        default:
            return {Verdict::retry, "source_failed", what};
    }
}

Result<void> Statement::checked(int code) {
    if (code == SQLITE_OK) return {};
    return std::unexpected(error_of(database_, code, "binding a value"));
}

Result<void> Statement::bind_text(int index, std::string_view text) {
    return checked(
        sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

Result<void> Statement::bind_integer(int index, std::int64_t value) {
    return checked(sqlite3_bind_int64(statement_.get(), index, value));
}

Result<void> Statement::bind(int index, const walk::Mark& mark) {
    switch (mark.kind) {
        case Kind::null:
            return checked(sqlite3_bind_null(statement_.get(), index));
        case Kind::boolean:
            return bind_integer(index, mark.text == "true");
        case Kind::integer:
            return bind_integer(index, number_of<std::int64_t>(mark.text));
        case Kind::real:
            return checked(sqlite3_bind_double(statement_.get(), index, number_of<double>(mark.text)));
        case Kind::bytes: {
            const std::string bytes = unhex(mark.text);
            return checked(sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
        }
        default:
            return bind_text(index, mark.text);
    }
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return std::unexpected(error_of(database_, code, "reading"));
}

std::string_view Statement::declared_type(int column) const {
    const char* const type = sqlite3_column_decltype(statement_.get(), column);
    return type ? type : std::string_view{};
}

std::string_view Statement::view(int column) const {
    const void* const data = sqlite3_column_blob(statement_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

Value Statement::value(int column) const {
    switch (sqlite3_column_type(statement_.get(), column)) {
        case SQLITE_INTEGER:
            return Value::of(integer(column));
        case SQLITE_FLOAT:
            return Value::of_real(sqlite3_column_double(statement_.get(), column));
        case SQLITE_TEXT:
            return Value::text(view(column));
        case SQLITE_BLOB:
            return Value::bytes(view(column));
        default:
            return Value::null();
    }
}

Database::Database(std::string path, std::chrono::milliseconds busy_timeout)
    : path_(std::move(path)), busy_timeout_(busy_timeout), file_(identify(path_)) {}

Database::File Database::identify(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return {};
    return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino)};
}

int Database::on_progress(void* self) { return static_cast<Database*>(self)->stop_.stop_requested() ? 1 : 0; }

int Database::on_busy(void* self, int attempts) {
    const auto& database = *static_cast<Database*>(self);
    const std::chrono::milliseconds waited(attempts * busy_wait_milliseconds);
    if (database.stop_.stop_requested() || waited >= database.busy_timeout_) return 0;
    sqlite3_sleep(busy_wait_milliseconds);
    return 1;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, std::chrono::milliseconds busy_timeout) {
    std::unique_ptr<Database> database(new Database(path, busy_timeout));
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    database->handle_.reset(handle);
    if (code != SQLITE_OK) return std::unexpected(error_of(handle, code, "opening " + path));
    sqlite3_progress_handler(handle, instructions_between_checks, on_progress, database.get());
    sqlite3_busy_handler(handle, on_busy, database.get());
    return database;
}

Result<Statement> Database::prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return std::unexpected(error_of(handle_.get(), code, path_));
    return Statement(handle_.get(), statement);
}

Result<void> Database::execute(const std::string& sql) {
    auto statement = prepare(sql);
    if (!statement) return std::unexpected(statement.error());
    if (auto stepped = statement->step(); !stepped) return std::unexpected(stepped.error());
    return {};
}

Result<std::int64_t> Database::data_version() {
    auto statement = prepare("pragma data_version");
    if (!statement) return std::unexpected(statement.error());
    if (auto stepped = statement->step(); !stepped) return std::unexpected(stepped.error());
    return statement->integer(0);
}

bool Database::replaced() const { return identify(path_) != file_ || file_ == File{}; }

}  // namespace tributary::sqlite
