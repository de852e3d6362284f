#include "connectors/mariadb/look.hpp"

#include <charconv>
#include <utility>

namespace tributary::mariadb {
namespace {

enum : std::size_t { clock_column, user_column };
enum : std::size_t { id_column, since_column, idle_column, who_column };

std::optional<std::int64_t> integer_at(const std::vector<std::optional<std::string>>& row, std::size_t column) {
    std::int64_t number = 0;
    if (column >= row.size() || !row[column]) return std::nullopt;
    const std::string& text = *row[column];
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{}) return std::nullopt;
    return number;
}

std::string seconds_text(std::chrono::microseconds time) {
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count() / 1'000) + "s";
}

void add_blindness(const std::string& user, std::chrono::microseconds overlap, std::vector<Condition>& conditions) {
    const std::string reach = seconds_text(overlap);
    conditions.push_back(
        {"missing_right", "user " + user + " cannot see the transactions of others: polls read back by the overlap, " +
                              reach +
                              ", and miss what commits later than that after it was stamped; GRANT PROCESS ON " +
                              "*.* TO " + user + " lets them find it, or give a longer `overlap`"});
}

/// The oldest transaction nobody works on.
void add_holder(const Rows& transactions, std::int64_t clock, std::vector<Condition>& conditions) {
    std::int64_t oldest = clock - std::chrono::microseconds(patience).count();
    std::string who;
    for (const auto& row : transactions) {
        const auto since = integer_at(row, since_column);
        if (!since || *since > oldest || row[idle_column] != "1") continue;
        oldest = *since;
        who = row[who_column].value_or("a session");
    }
    if (who.empty()) return;
    conditions.push_back({"transaction_left_open",
                          who + " holds a transaction open since " + walk::mark_of(Value::instant(oldest)).text +
                              ": what it may have written is not there before it ends, and then everything stamped "
                              "since is read again"});
}

}  // namespace

std::string_view clock_statement() { return "select cast(unix_timestamp(now(6)) * 1000000 as signed), current_user()"; }

/// `trx_started` is a wall clock of the server's machine; in the hour that an autumn shows twice the earlier counts.
/// A session's number and start stay with a transaction, its own number only comes with its first write. The thread of
/// a prepared one that was recovered is 0.
std::string_view transactions_statement() {
    return R"(
select concat(t.trx_mysql_thread_id, '.', if(t.trx_mysql_thread_id = 0, t.trx_id, t.trx_started)),
       cast(unix_timestamp(least(convert_tz(t.trx_started, 'SYSTEM', '+00:00'),
            convert_tz(t.trx_started - interval 3 hour, 'SYSTEM', '+00:00') + interval 3 hour)) * 1000000 as signed),
       coalesce(p.command = 'Sleep', t.trx_mysql_thread_id = 0),
       concat('session ', t.trx_mysql_thread_id, coalesce(concat(' (user ', p.user, ')'), ''))
from information_schema.innodb_trx as t left join information_schema.processlist as p on p.id = t.trx_mysql_thread_id
where t.trx_mysql_thread_id <> connection_id() and t.trx_is_read_only = 0)";
}

Result<walk::Look> read_look(const Rows& clock, const std::optional<Rows>& transactions,
                             std::chrono::microseconds overlap, std::vector<Condition>& conditions) {
    const auto now = clock.empty() ? std::nullopt : integer_at(clock.front(), clock_column);
    if (!now) return fail(Verdict::retry, "bad_answer", "the server does not tell the time");
    walk::Look look{.clock = *now, .trusted = false};
    if (!transactions) {
        add_blindness(clock.front()[user_column].value_or("?"), overlap, conditions);
        return look;
    }
    for (const auto& row : *transactions) {
        const auto since = integer_at(row, since_column);
        // Without a start it may be as old as any.
        look.open.push_back({.id = row[id_column].value_or(""), .since = since.value_or(0), .late = !since});
    }
    add_holder(*transactions, *now, conditions);
    return look;
}

}  // namespace tributary::mariadb
