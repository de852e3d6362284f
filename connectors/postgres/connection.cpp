#include "connectors/postgres/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <utility>

#include "connectors/postgres/errors.hpp"

namespace tributary::postgres {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int tick_milliseconds = 200;
constexpr std::chrono::seconds default_connect_timeout(10);

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};
using OptionsPtr = std::unique_ptr<PQconninfoOption, FreeOptions>;

struct FreeMemory {
    void operator()(void* memory) const { PQfreemem(memory); }
};

/// libpq's message about a string it cannot read repeats parts of it, so it is not shown.
OptionsPtr parse(const std::string& dsn) {
    char* message = nullptr;
    OptionsPtr options(PQconninfoParse(dsn.c_str(), &message));
    const std::unique_ptr<char, FreeMemory> freed(message);
    return options;
}

/// What the connection string says wins over these, but for the encoding.
struct Parameters {
    std::vector<std::pair<std::string, std::string>> all;

    void set_default(const char* name, std::string value) {
        if (std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.first == name; }))
            all.emplace_back(name, std::move(value));
    }
};

Parameters parameters_of(const PQconninfoOption* options, const ServerSettings& settings) {
    Parameters parameters;
    for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option)
        if (option->val != nullptr && std::string_view(option->keyword) != "client_encoding")
            parameters.all.emplace_back(option->keyword, option->val);
    parameters.set_default("application_name", settings.application_name);
    parameters.set_default("connect_timeout", std::to_string(default_connect_timeout.count()));
    parameters.set_default("keepalives_idle", "30");
    parameters.set_default("keepalives_interval", "10");
    parameters.set_default("keepalives_count", "3");
    // Also ends an attempt to cancel that nobody answers (since libpq 15).
    parameters.set_default("tcp_user_timeout", "10000");
    parameters.all.emplace_back("client_encoding", "UTF8");
    return parameters;
}

std::chrono::seconds connect_timeout(const Parameters& parameters) {
    for (const auto& [name, value] : parameters.all) {
        int seconds = 0;
        if (name == "connect_timeout" &&
            std::from_chars(value.data(), value.data() + value.size(), seconds).ec == std::errc{} && seconds > 0)
            return std::chrono::seconds(seconds);
    }
    return default_connect_timeout;
}

std::vector<std::string> secrets_of(const PQconninfoOption* options) {
    std::vector<std::string> secrets;
    for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option)
        if (option->dispchar[0] == '*' && option->val != nullptr && *option->val != '\0')
            secrets.emplace_back(option->val);
    return secrets;
}

Error stopped() { return {Verdict::retry, "stopped", "stopped while waiting for the server"}; }

/// Waits one tick at most; an error of poll itself counts as ready, the call that follows will tell.
bool ready(int socket, bool for_writing) {
    pollfd descriptor{
        .fd = socket, .events = static_cast<short>(for_writing ? POLLIN | POLLOUT : POLLIN), .revents = 0};
    const int count = ::poll(&descriptor, 1, tick_milliseconds);
    return count > 0 || (count < 0 && errno != EINTR);
}

}  // namespace

bool is_connection_string(const std::string& dsn) { return parse(dsn) != nullptr; }

std::int64_t Rows::integer(int row, int column) const {
    const std::string_view digits = text(row, column);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Result<std::unique_ptr<Connection>> Connection::open(const ServerSettings& settings, std::stop_token stop) {
    std::unique_ptr<Connection> connection(new Connection);
    if (auto connected = connection->connect(settings, stop); !connected) return std::unexpected(connected.error());
    if (PQsetnonblocking(connection->handle_.get(), 1) != 0) return std::unexpected(connection->lost());
    if (settings.statement_timeout.count() > 0)
        connection->patience_ = settings.statement_timeout + settings.answer_margin;
    // Texts of types that are read as text must not depend on the server's taste.
    const auto prepared = connection->query(
        "set default_transaction_read_only = on; set datestyle = 'ISO'; set intervalstyle = 'iso_8601'; "
        "set extra_float_digits = 1; set bytea_output = 'hex'; set statement_timeout = " +
            std::to_string(settings.statement_timeout.count()) +
            "; set lock_timeout = " + std::to_string(settings.lock_timeout.count()),
        stop);
    if (!prepared) return std::unexpected(prepared.error());
    return connection;
}

Result<void> Connection::connect(const ServerSettings& settings, std::stop_token stop) {
    const OptionsPtr options = parse(settings.dsn);
    if (!options) return fail(Verdict::stop, "bad_dsn", "the dsn is no PostgreSQL connection string");
    secrets_ = secrets_of(options.get());
    const Parameters parameters = parameters_of(options.get(), settings);
    std::vector<const char*> names, values;
    for (const auto& [name, value] : parameters.all) {
        names.push_back(name.c_str());
        values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    handle_.reset(PQconnectStartParams(names.data(), values.data(), 0));
    if (!handle_) return fail(Verdict::retry, "cannot_connect", "out of memory");
    PQsetErrorVerbosity(handle_.get(), PQERRORS_VERBOSE);
    const auto deadline = Clock::now() + connect_timeout(parameters);
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (stop.stop_requested()) return std::unexpected(stopped());
        if (Clock::now() > deadline) return fail(Verdict::retry, "cannot_connect", "the server did not answer in time");
        if (PQstatus(handle_.get()) == CONNECTION_BAD || state == PGRES_POLLING_FAILED) return std::unexpected(lost());
        if (ready(PQsocket(handle_.get()), state == PGRES_POLLING_WRITING)) state = PQconnectPoll(handle_.get());
    }
    PQsetErrorVerbosity(handle_.get(), PQERRORS_DEFAULT);
    return {};
}

std::string Connection::redacted(std::string text) const {
    for (const std::string& secret : secrets_)
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
            text.replace(at, secret.size(), "***");
    return text;
}

Error Connection::lost() {
    broken_ = true;
    const std::string message = PQerrorMessage(handle_.get());
    const std::string_view state = sqlstate_in(message);
    if (state.empty()) return {Verdict::retry, "cannot_connect", redacted(readable(message))};
    return classified(state, redacted(readable(message)));
}

Error Connection::failure(const PGresult* result) {
    const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state == nullptr || PQstatus(handle_.get()) == CONNECTION_BAD) {
        broken_ = true;
        return {Verdict::retry, "connection_lost", redacted(readable(PQerrorMessage(handle_.get())))};
    }
    return classified(state, redacted(readable(PQresultErrorMessage(result))));
}

bool Connection::usable() const {
    return !broken_ && PQstatus(handle_.get()) == CONNECTION_OK && PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
}

bool Connection::alive() const {
    pollfd descriptor{.fd = PQsocket(handle_.get()), .events = POLLIN, .revents = 0};
    return usable() && ::poll(&descriptor, 1, 0) == 0;
}

void Connection::cancel() {
    PGcancel* const cancel = PQgetCancel(handle_.get());
    if (cancel == nullptr) return;
    std::array<char, 256> message{};
    // A cancel that does not arrive leaves a statement running on the server; there is nobody else to tell.
    if (PQcancel(cancel, message.data(), static_cast<int>(message.size())) == 0) broken_ = true;
    PQfreeCancel(cancel);
}

Result<void> Connection::wait(bool for_writing, std::stop_token stop) {
    do {
        if (stop.stop_requested()) {
            cancel();
            broken_ = true;
            return std::unexpected(stopped());
        }
        // No cancel: it would wait for the server, too.
        if (patience_ && Clock::now() > deadline_) {
            broken_ = true;
            return fail(Verdict::retry, "no_answer",
                        "the server has not answered for " + std::to_string(patience_->count() / 1000) +
                            "s, longer than statement_timeout lets a statement run");
        }
    } while (!ready(PQsocket(handle_.get()), for_writing));
    if (PQconsumeInput(handle_.get()) == 1) return {};
    return std::unexpected(failure(nullptr));
}

/// Sends what a statement has just put into the buffer; its time starts here.
Result<void> Connection::flush(std::stop_token stop) {
    if (patience_) deadline_ = Clock::now() + *patience_;
    for (;;) {
        const int left = PQflush(handle_.get());
        if (left == 0) return {};
        if (left < 0) return std::unexpected(failure(nullptr));
        if (auto waited = wait(true, stop); !waited) return waited;
    }
}

Result<void> Connection::send(const std::string& sql, std::stop_token stop) {
    if (PQsendQuery(handle_.get(), sql.c_str()) != 1) return std::unexpected(failure(nullptr));
    return flush(std::move(stop));
}

/// Null when the statement has no more results.
Result<Connection::ResultPtr> Connection::next_result(std::stop_token stop) {
    while (PQisBusy(handle_.get()) == 1)
        if (auto waited = wait(false, stop); !waited) return std::unexpected(waited.error());
    return ResultPtr(PQgetResult(handle_.get()));
}

Result<void> Connection::until_done(std::stop_token stop) {
    for (;;) {
        const auto result = next_result(stop);
        if (!result) return std::unexpected(result.error());
        if (!*result) return {};
    }
}

Result<std::vector<Rows>> Connection::query(const std::string& sql, std::stop_token stop) {
    if (auto sent = send(sql, stop); !sent) return std::unexpected(sent.error());
    std::vector<Rows> all;
    Result<void> outcome;
    for (;;) {
        auto result = next_result(stop);
        if (!result) return std::unexpected(result.error());
        if (!*result) break;
        const ExecStatusType status = PQresultStatus(result->get());
        if (status == PGRES_TUPLES_OK)
            all.emplace_back(result->release());
        else if (status != PGRES_COMMAND_OK)
            outcome = std::unexpected(failure(result->get()));
    }
    if (!outcome) return std::unexpected(outcome.error());
    return all;
}

Result<std::vector<ResultColumn>> Connection::describe(const std::string& sql, std::stop_token stop) {
    if (PQsendPrepare(handle_.get(), "", sql.c_str(), 0, nullptr) != 1) return std::unexpected(failure(nullptr));
    if (auto sent = flush(stop); !sent) return std::unexpected(sent.error());
    const auto prepared = next_result(stop);
    if (!prepared) return std::unexpected(prepared.error());
    Result<void> outcome;
    if (PQresultStatus(prepared->get()) != PGRES_COMMAND_OK) outcome = std::unexpected(failure(prepared->get()));
    if (auto done = until_done(stop); !done) return std::unexpected(done.error());
    if (!outcome) return std::unexpected(outcome.error());

    if (PQsendDescribePrepared(handle_.get(), "") != 1) return std::unexpected(failure(nullptr));
    if (auto sent = flush(stop); !sent) return std::unexpected(sent.error());
    const auto described = next_result(stop);
    if (!described) return std::unexpected(described.error());
    std::vector<ResultColumn> columns;
    for (int i = 0; i < PQnfields(described->get()); ++i)
        columns.push_back({PQfname(described->get(), i), PQftype(described->get(), i), PQfmod(described->get(), i)});
    if (PQresultStatus(described->get()) != PGRES_COMMAND_OK) outcome = std::unexpected(failure(described->get()));
    if (auto done = until_done(stop); !done) return std::unexpected(done.error());
    if (!outcome) return std::unexpected(outcome.error());
    return columns;
}

/// True: everything was taken.
Result<bool> Connection::take_copy(const Taker& take, std::stop_token stop) {
    bool wanted = true;
    for (;;) {
        char* message = nullptr;
        const int size = PQgetCopyData(handle_.get(), &message, 1);
        const std::unique_ptr<char, FreeMemory> freed(message);
        if (size == -1) return wanted;
        if (size == -2) return std::unexpected(failure(nullptr));
        if (size == 0) {
            if (auto waited = wait(false, stop); !waited) return std::unexpected(waited.error());
        } else if (wanted && !take({message, static_cast<std::size_t>(size)})) {
            wanted = false;
            cancel();
        }
    }
}

Result<bool> Connection::copy_out(const std::string& sql, const Taker& take, std::stop_token stop) {
    if (auto sent = send(sql, stop); !sent) return std::unexpected(sent.error());
    Result<void> outcome;
    Result<bool> taken = true;
    for (;;) {
        const auto result = next_result(stop);
        if (!result) return std::unexpected(result.error());
        if (!*result) break;
        const ExecStatusType status = PQresultStatus(result->get());
        if (status == PGRES_COPY_OUT) {
            taken = take_copy(take, stop);
            if (!taken) return taken;
        } else if (status != PGRES_COMMAND_OK) {
            outcome = std::unexpected(failure(result->get()));
        }
    }
    // The cancelled statement fails because it was asked to.
    if (!outcome && (*taken || outcome.error().code != "cancelled")) return std::unexpected(outcome.error());
    return taken;
}

std::string Connection::identifier(std::string_view name) const {
    const std::unique_ptr<char, FreeMemory> quoted(PQescapeIdentifier(handle_.get(), name.data(), name.size()));
    return quoted ? quoted.get() : "\"\"";
}

std::string Connection::literal(std::string_view text) const {
    const std::unique_ptr<char, FreeMemory> quoted(PQescapeLiteral(handle_.get(), text.data(), text.size()));
    return quoted ? quoted.get() : "null";
}

}  // namespace tributary::postgres
