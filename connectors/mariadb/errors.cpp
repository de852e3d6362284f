#include "connectors/mariadb/errors.hpp"

#include <utility>

namespace tributary::mariadb {
namespace {

struct Meaning {
    unsigned code;
    Verdict verdict;
    const char* name;
};

/// Of those whose SQLSTATE does not say enough. Credentials, accounts and limits are put right on the server, without a
/// word to this process.
constexpr Meaning meanings[] = {
    {1040, Verdict::retry, "server_busy"},      // too many connections
    {1044, Verdict::retry, "no_database"},      // no right to it
    {1045, Verdict::retry, "bad_credentials"},  // access denied
    {1053, Verdict::retry, "connection_lost"},  // shutdown in progress
    {1054, Verdict::stop, "undefined_column"},
    {1129, Verdict::retry, "bad_credentials"},  // host blocked
    {1130, Verdict::retry, "bad_credentials"},  // host not allowed
    {1142, Verdict::stop, "no_right"},          // to a table
    {1143, Verdict::stop, "no_right"},          // to a column
    {1146, Verdict::stop, "undefined_table"},
    {1203, Verdict::retry, "server_busy"},  // too many connections of this user
    {1205, Verdict::retry, "locked"},       // lock wait timeout
    {1213, Verdict::retry, "locked"},       // deadlock
    {1226, Verdict::retry, "server_busy"},  // resource limit of this user
    {1227, Verdict::stop, "no_right"},
    {1267, Verdict::stop, "bad_statement"},  // illegal mix of collations
    {1317, Verdict::retry, "cancelled"},
    {1356, Verdict::stop, "bad_statement"},     // a view whose tables changed
    {1698, Verdict::retry, "bad_credentials"},  // access denied without password
    {1792, Verdict::stop, "bad_statement"},     // writes
    {1820, Verdict::retry, "bad_credentials"},  // password must be changed
    {1862, Verdict::retry, "bad_credentials"},  // password expired
    {1927, Verdict::retry, "connection_lost"},  // killed
    {1969, Verdict::retry, "cancelled"},        // max_statement_time
    {2026, Verdict::retry, "tls_failed"},
    {3024, Verdict::retry, "cancelled"},        // MySQL's max_execution_time
    {3118, Verdict::retry, "bad_credentials"},  // MySQL: account locked
    {4151, Verdict::retry, "bad_credentials"},  // account locked
};

bool is_network_error(unsigned code) { return code >= 1152 && code <= 1161; }
bool is_client_error(unsigned code) { return (code >= 2000 && code < 3000) || (code >= 5000 && code < 5100); }

}  // namespace

bool is_connection_error(unsigned code) {
    return is_client_error(code) || is_network_error(code) || code == 1053 || code == 1927;
}

Error classified(unsigned code, std::string_view sqlstate, bool connected, std::string what) {
    // The same number for the database of the connection and for one that a statement names.
    if (code == 1049) {
        if (connected) return {Verdict::stop, "undefined_table", std::move(what)};
        return {Verdict::retry, "no_database", std::move(what)};
    }
    for (const Meaning& meaning : meanings)
        if (meaning.code == code) return {meaning.verdict, meaning.name, std::move(what)};
    if (is_connection_error(code))
        return {Verdict::retry, connected ? "connection_lost" : "cannot_connect", std::move(what)};
    if (sqlstate.starts_with("42")) return {Verdict::stop, "bad_statement", std::move(what)};
    return {Verdict::retry, connected ? "source_failed" : "cannot_connect", std::move(what)};
}

}  // namespace tributary::mariadb
