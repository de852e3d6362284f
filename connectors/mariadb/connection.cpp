#include "connectors/mariadb/connection.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "connectors/mariadb/errors.hpp"

namespace tributary::mariadb {
namespace {

constexpr int tick_milliseconds = 200;
/// A stop request has a second; ending the statement on the server must not take it all.
constexpr std::chrono::milliseconds cancel_timeout(700);

/// Plug-ins that never send a password as it is: a server that was not verified may ask for anything.
constexpr const char* sealed_methods =
    "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password,auth_gssapi_client";

Error stopped() { return {Verdict::retry, "stopped", "stopped while waiting for the server"}; }

void initialize_library() {
    static std::once_flag once;
    // mysql_init does it as well, but not safely beside another thread's.
    std::call_once(once, [] { mysql_server_init(0, nullptr, nullptr); });
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ServerSettings& settings, std::stop_token stop) {
    initialize_library();
    std::unique_ptr<Connection> connection(new Connection(settings));
    if (auto connected = connection->connect(stop); !connected) return std::unexpected(connected.error());
    // What the server's defaults are must not show: backslashes in texts, zero dates in comparisons, padded chars.
    for (const char* const sql : {"set time_zone = '+00:00', sql_mode = ''",
                                  "set session transaction isolation level repeatable read, read only"})
        if (const auto set = connection->query(sql, stop); !set) return std::unexpected(set.error());
    return connection;
}

/// A call that was left waiting reads and writes once more as its handle is freed; on a closed socket that ends at
/// once.
Connection::~Connection() {
    if (broken_) abandon();
}

void Connection::abandon() {
    broken_ = true;
    if (connected_) ::shutdown(mysql_get_socket(handle_.get()), SHUT_RDWR);
}

void Connection::set_options() {
    MYSQL* const handle = handle_.get();
    const my_bool on = 1;
    const unsigned off = 0;
    // Of the rest of a handshake with TLS, which blocks; afterwards nothing does.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(settings_.connect_timeout).count();
    const auto handshake = static_cast<unsigned>(seconds);
    mysql_options(handle, MYSQL_OPT_READ_TIMEOUT, &handshake);
    const unsigned protocol = settings_.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
    mysql_options(handle, MYSQL_OPT_NONBLOCK, nullptr);
    mysql_options(handle, MYSQL_OPT_PROTOCOL, &protocol);
    mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    // Else a server could ask for any file of this machine.
    mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
    mysql_options4(handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "tributary");
    if (settings_.tls != Tls::off) mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &on);
    if (settings_.tls == Tls::verify) mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
    if (settings_.tls != Tls::verify && settings_.socket.empty())
        mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH, sealed_methods);
    for (const auto& [option, path] :
         {std::pair{MYSQL_OPT_SSL_CA, &settings_.tls_ca}, std::pair{MYSQL_OPT_SSL_CERT, &settings_.tls_certificate},
          std::pair{MYSQL_OPT_SSL_KEY, &settings_.tls_key}})
        if (settings_.tls != Tls::off && !path->empty()) mysql_options(handle, option, path->c_str());
}

/// After a TLS handshake the library leaves its socket blocking, whatever it was asked for. And a server whose machine
/// is gone is noticed within a minute.
void Connection::tune_socket() const {
    const int socket = mysql_get_socket(handle_.get());
    ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
    const auto set = [socket](int level, int name, int value) {
        ::setsockopt(socket, level, name, &value, sizeof value);
    };
    if (!settings_.socket.empty()) return;
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
}

Result<void> Connection::connect(std::stop_token stop) {
    handle_.reset(mysql_init(nullptr));
    if (!handle_) return fail(Verdict::retry, "cannot_connect", "out of memory");
    set_options();
    deadline_ = Clock::now() + settings_.connect_timeout;
    MYSQL* made = nullptr;
    const auto start = [&] {
        return mysql_real_connect_start(&made, handle_.get(), or_null(settings_.host), settings_.user.c_str(),
                                        settings_.password.c_str(), or_null(settings_.database), settings_.port,
                                        or_null(settings_.socket), CLIENT_REMEMBER_OPTIONS);
    };
    const auto go_on = [&](int ready) { return mysql_real_connect_cont(&made, handle_.get(), ready); };
    if (auto done = finish(start, go_on, std::move(stop)); !done) return done;
    if (made == nullptr) return std::unexpected(failure());
    connected_ = true;
    deadline_.reset();
    tune_socket();
    if ((settings_.tls == Tls::required || settings_.tls == Tls::verify) && !encrypted())
        return fail(Verdict::retry, "no_tls", "the server offers no TLS; with `tls: preferred` it is not asked for");
    return {};
}

template <typename Start, typename GoOn>
Result<void> Connection::finish(Start start, GoOn go_on, std::stop_token stop) {
    int events = start();
    while (events != 0) {
        const auto ready = wait(events, stop);
        if (!ready) return std::unexpected(ready.error());
        events = go_on(*ready);
    }
    return {};
}

/// An error of poll itself counts as ready, the call that follows will tell.
Result<int> Connection::wait(int events, std::stop_token stop) {
    pollfd descriptor{.fd = mysql_get_socket(handle_.get()), .events = 0, .revents = 0};
    if ((events & MYSQL_WAIT_READ) != 0) descriptor.events |= POLLIN;
    if ((events & MYSQL_WAIT_WRITE) != 0) descriptor.events |= POLLOUT;
    for (;;) {
        if (stop.stop_requested()) {
            if (connected_) cancel();
            abandon();
            return std::unexpected(stopped());
        }
        if (deadline_ && Clock::now() > *deadline_) {
            abandon();
            return fail(Verdict::retry, "cannot_connect", "the server did not answer in time");
        }
        const int count = ::poll(&descriptor, 1, tick_milliseconds);
        if (count == 0 || (count < 0 && errno == EINTR)) continue;
        int ready = 0;
        if ((descriptor.revents & ~POLLOUT) != 0 || count < 0) ready |= events & MYSQL_WAIT_READ;
        if ((descriptor.revents & ~POLLIN) != 0 || count < 0) ready |= events & MYSQL_WAIT_WRITE;
        return ready;
    }
}

/// The protocol has no word for it: a second session ends the statement of the first. A cancel that does not arrive
/// leaves a statement running on the server until it finds the connection closed; there is nobody else to tell.
void Connection::cancel() {
    ServerSettings settings = settings_;
    settings.connect_timeout = std::min(settings.connect_timeout, cancel_timeout);
    Connection second(std::move(settings));
    if (!second.connect({})) return;
    second.deadline_ = Clock::now() + cancel_timeout;
    const auto killed = second.query("kill query " + std::to_string(mysql_thread_id(handle_.get())), {});
    if (!killed) broken_ = true;
}

Error Connection::failure(unsigned code, const char* state, const char* message) {
    std::string text = message;
    const std::string& secret = settings_.password;
    if (!secret.empty())
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
            text.replace(at, secret.size(), "***");
    if (is_connection_error(code)) broken_ = true;
    return classified(code, state, connected_, std::move(text));
}

Error Connection::failure() {
    return failure(mysql_errno(handle_.get()), mysql_sqlstate(handle_.get()), mysql_error(handle_.get()));
}

bool Connection::usable() const {
    unsigned status = 0;
    if (broken_ || mariadb_get_infov(handle_.get(), MARIADB_CONNECTION_SERVER_STATUS, &status) != 0) return false;
    return (status & SERVER_STATUS_IN_TRANS) == 0;
}

bool Connection::alive() const {
    pollfd descriptor{.fd = mysql_get_socket(handle_.get()), .events = POLLIN, .revents = 0};
    return usable() && ::poll(&descriptor, 1, 0) == 0;
}

Result<void> Connection::send(const std::string& sql, std::stop_token stop) {
    int failed = 0;
    const auto start = [&] { return mysql_real_query_start(&failed, handle_.get(), sql.data(), sql.size()); };
    const auto go_on = [&](int ready) { return mysql_real_query_cont(&failed, handle_.get(), ready); };
    if (auto done = finish(start, go_on, std::move(stop)); !done) return done;
    if (failed != 0) return std::unexpected(failure());
    return {};
}

Result<bool> Connection::take_rows(MYSQL_RES* result, const Taker& take, bool wanted, std::stop_token stop) {
    const bool whole = wanted;
    for (;;) {
        MYSQL_ROW row = nullptr;
        const auto start = [&] { return mysql_fetch_row_start(&row, result); };
        const auto go_on = [&](int ready) { return mysql_fetch_row_cont(&row, result, ready); };
        if (auto done = finish(start, go_on, stop); !done) return std::unexpected(done.error());
        if (row == nullptr) break;
        if (!wanted || take.row(row, mysql_fetch_lengths(result))) continue;
        wanted = false;
        cancel();
    }
    if (mysql_errno(handle_.get()) == 0) return wanted;
    Error error = failure();
    // The statement that was ended fails because it was asked to.
    if (!wanted && whole && error.code == "cancelled") return false;
    return std::unexpected(std::move(error));
}

Result<bool> Connection::stream(const std::string& sql, const Taker& take, std::stop_token stop) {
    if (auto sent = send(sql, stop); !sent) return std::unexpected(sent.error());
    const ResultPtr result(mysql_use_result(handle_.get()));
    if (!result) {
        if (mysql_errno(handle_.get()) != 0) return std::unexpected(failure());
        return true;
    }
    const std::vector<Column> columns =
        columns_of({mysql_fetch_fields(result.get()), static_cast<std::size_t>(mysql_num_fields(result.get()))});
    const bool wanted = take.columns(columns);
    if (!wanted) cancel();
    auto taken = take_rows(result.get(), take, wanted, stop);
    // A kill that came after the statement's end would meet the next one.
    if (taken && !*taken && !broken_) static_cast<void>(query("do 0", std::move(stop)));
    return taken;
}

Result<Rows> Connection::query(const std::string& sql, std::stop_token stop) {
    Rows rows;
    std::size_t width = 0;
    const Taker take{.columns =
                         [&](std::span<const Column> columns) {
                             width = columns.size();
                             return true;
                         },
                     .row =
                         [&](const char* const* values, const unsigned long* lengths) {
                             auto& row = rows.emplace_back(width);
                             for (std::size_t i = 0; i < width; ++i)
                                 if (values[i] != nullptr) row[i].emplace(values[i], lengths[i]);
                             return true;
                         }};
    if (auto taken = stream(sql, take, std::move(stop)); !taken) return std::unexpected(taken.error());
    return rows;
}

Result<std::vector<Column>> Connection::describe(const std::string& sql, std::stop_token stop) {
    const std::unique_ptr<MYSQL_STMT, CloseStatement> statement(mysql_stmt_init(handle_.get()));
    if (!statement) return std::unexpected(failure());
    int failed = 0;
    const auto start = [&] { return mysql_stmt_prepare_start(&failed, statement.get(), sql.data(), sql.size()); };
    const auto go_on = [&](int ready) { return mysql_stmt_prepare_cont(&failed, statement.get(), ready); };
    if (auto done = finish(start, go_on, std::move(stop)); !done) return std::unexpected(done.error());
    if (failed != 0)
        return std::unexpected(failure(mysql_stmt_errno(statement.get()), mysql_stmt_sqlstate(statement.get()),
                                       mysql_stmt_error(statement.get())));
    const ResultPtr result(mysql_stmt_result_metadata(statement.get()));
    if (!result) return fail(Verdict::stop, "bad_statement", "the statement returns no columns");
    return columns_of({mysql_fetch_fields(result.get()), static_cast<std::size_t>(mysql_num_fields(result.get()))});
}

std::string Connection::identifier(std::string_view name) {
    std::string quoted = "`";
    for (const char c : name) {
        if (c == '`') quoted += c;
        quoted += c;
    }
    return quoted + "`";
}

std::string Connection::literal(std::string_view text) const {
    std::string quoted(2 * text.size() + 3, '\0');
    quoted[0] = '\'';
    const unsigned long size = mysql_real_escape_string(handle_.get(), quoted.data() + 1, text.data(), text.size());
    quoted[size + 1] = '\'';
    quoted.resize(size + 2);
    return quoted;
}

}  // namespace tributary::mariadb
