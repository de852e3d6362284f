#include "connectors/postgres/errors.hpp"

#include <sstream>
#include <utility>

namespace tributary::postgres {
namespace {

bool is_sqlstate(std::string_view text) {
    if (text.size() != 5) return false;
    for (const char c : text)
        if ((c < '0' || c > '9') && (c < 'A' || c > 'Z')) return false;
    return true;
}

}  // namespace

Error classified(std::string_view sqlstate, std::string what) {
    const std::string_view kind = sqlstate.substr(0, 2);
    // Credentials and databases are put right on the server, without a word to this process.
    if (kind == "28") return {Verdict::retry, "bad_credentials", std::move(what)};
    if (sqlstate == "3D000") return {Verdict::retry, "no_database", std::move(what)};
    if (sqlstate == "42501") return {Verdict::stop, "no_right", std::move(what)};
    if (sqlstate == "42P01") return {Verdict::stop, "undefined_table", std::move(what)};
    if (sqlstate == "42703") return {Verdict::stop, "undefined_column", std::move(what)};
    if (sqlstate == "55P03") return {Verdict::retry, "locked", std::move(what)};
    if (kind == "42" || kind == "0A") return {Verdict::stop, "bad_statement", std::move(what)};
    if (sqlstate == "57014") return {Verdict::retry, "cancelled", std::move(what)};
    if (kind == "08" || kind == "57") return {Verdict::retry, "connection_lost", std::move(what)};
    if (kind == "53") return {Verdict::retry, "server_busy", std::move(what)};
    return {Verdict::retry, "source_failed", std::move(what)};
}

std::string lock_holders_statement(const std::string& tables) {
    // Who only waits for such a lock stands before the readers that come after it. Names of others need
    // pg_read_all_stats.
    return "select l.relation::regclass, 'session ' || l.pid || ' (' || coalesce(nullif(a.application_name, '') || ', "
           "', "
           "'') || 'user ' || coalesce(a.usename, '-') || ')' || coalesce(' since ' || date_trunc('second', "
           "a.xact_start), '') from pg_locks l left join pg_stat_activity a on a.pid = l.pid "
           "where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.relation >= 16384 "
           "and l.database = (select oid from pg_database where datname = current_database())" +
           (tables.empty() ? "" : " and l.relation = any(array[" + tables + "]::regclass[])") +
           " order by l.granted desc, a.xact_start limit 3";
}

std::string_view sqlstate_in(std::string_view message) {
    for (std::size_t at = message.find(":  "); at != std::string_view::npos; at = message.find(":  ", at + 1)) {
        const std::string_view state = message.substr(at + 3, 5);
        if (is_sqlstate(state) && message.substr(at + 8, 2) == ": ") return state;
    }
    return {};
}

std::string readable(std::string_view message) {
    std::string text(message.substr(0, message.find("\nLOCATION:")));
    if (const std::string_view state = sqlstate_in(text); !state.empty())
        text.erase(static_cast<std::size_t>(state.data() - text.data()), 7);
    std::string line;
    bool excerpt = false;
    std::istringstream lines(text);
    for (text.clear(); std::getline(lines, line);) {
        // an excerpt of a statement that nobody has written, and a line that points into it
        const bool pointer = std::exchange(excerpt, line.starts_with("LINE "));
        if (excerpt || pointer) continue;
        std::istringstream words(line);
        for (std::string word; words >> word;) text += (text.empty() ? "" : " ") + word;
    }
    return text;
}

}  // namespace tributary::postgres
