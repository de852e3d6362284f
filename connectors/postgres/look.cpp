#include "connectors/postgres/look.hpp"

#include <algorithm>
#include <optional>

namespace tributary::postgres {
namespace {

/// On a standby the primary's transactions are not listed, and the clock is that of what has been replayed.
enum : int { clock_column, standby_column, allowed_column, tracked_column, user_column };
enum : int { id_column, since_column, state_column, who_column };

std::string moment_text(std::int64_t micros) { return walk::mark_of(Value::instant(micros)).text; }

/// The oldest transaction nobody works on, if it is older than anybody has patience for.
struct Holder {
    std::int64_t since = 0;
    std::string who;
};

void note(std::optional<Holder>& oldest, std::int64_t clock, std::int64_t since, std::string who) {
    if (clock - since < std::chrono::microseconds(patience).count()) return;
    if (!oldest || since < oldest->since) oldest = {since, std::move(who)};
}

void add_holder(const std::optional<Holder>& holder, std::vector<Condition>& conditions) {
    if (!holder) return;
    conditions.push_back({"transaction_left_open",
                          holder->who + " holds a transaction open since " + moment_text(holder->since) +
                              ": what it may have written is not there before it ends, and then everything stamped "
                              "since is read again"});
}

void add_trust(const Rows& server, bool disabled, Stamps stamps, std::vector<Condition>& conditions) {
    const std::string user(server.text(0, user_column));
    // No right and no other server would mend what an application stamps.
    if (stamps == Stamps::application)
        conditions.push_back({"stamped_by_application",
                              "an application stamps the rows, so open transactions do not bound them: polls read back "
                              "by the overlap of 60s, and rows that are committed later after their stamp are not "
                              "found; give watermark.overlap, above the longest delay, to do without this warning"});
    else if (stamps == Stamps::application_within_overlap)
        return;
    else if (server.flag(0, standby_column))
        conditions.push_back({"standby",
                              "this is a standby, where the primary's transactions cannot be seen: polls read back by "
                              "the overlap; read from the primary to do without"});
    else if (!server.flag(0, allowed_column))
        conditions.push_back({"missing_right", "role '" + user +
                                                   "' cannot see the transactions of others: polls read back by the "
                                                   "overlap; GRANT pg_read_all_stats TO \"" +
                                                   user + "\" to do without"});
    else if (!server.flag(0, tracked_column) || disabled)
        conditions.push_back({"track_activities_off",
                              "track_activities is off, so open transactions cannot be seen: polls read back by the "
                              "overlap; turn it on to do without"});
}

}  // namespace

std::string_view look_statements() {
    return R"(
select (extract(epoch from case when pg_is_in_recovery()
            then least(clock_timestamp(),
                       coalesce(pg_last_xact_replay_timestamp(), (select checkpoint_time from pg_control_checkpoint())))
            else clock_timestamp() end) * 1000000)::bigint,
       pg_is_in_recovery(), pg_has_role('pg_read_all_stats', 'usage'), current_setting('track_activities') = 'on',
       current_user;
select 'r' || pid || '.' || (extract(epoch from coalesce(xact_start, query_start)) * 1000000)::bigint,
       (extract(epoch from coalesce(xact_start, query_start)) * 1000000)::bigint, state,
       'session ' || pid || ' (' || coalesce(nullif(application_name, '') || ', ', '') || 'user ' || coalesce(usename, '-') || ')'
from pg_stat_activity
where pid <> pg_backend_pid() and not pg_is_in_recovery()
  and (datid is null or datid = (select oid from pg_database where datname = current_database()))
  and backend_type is distinct from 'autovacuum worker'
  and (xact_start is not null or state in ('active', 'disabled'));
select 'p' || transaction || '.' || (extract(epoch from prepared) * 1000000)::bigint,
       (extract(epoch from prepared) * 1000000)::bigint, 'prepared',
       'prepared transaction ''' || gid || ''' (user ' || owner || ')'
from pg_prepared_xacts
where database = current_database() and not pg_is_in_recovery())";
}

walk::Look read_look(const std::vector<Rows>& rows, Stamps stamps, std::vector<Condition>& conditions) {
    const Rows& server = rows.at(0);
    walk::Look look{.clock = server.integer(0, clock_column)};
    std::optional<Holder> holder;
    bool disabled = false;
    for (const Rows* list : {&rows.at(1), &rows.at(2)})
        for (int i = 0; i < list->size(); ++i) {
            const std::string_view state = list->text(i, state_column);
            disabled = disabled || state == "disabled";
            if (list->is_null(i, since_column)) continue;
            const std::int64_t since = list->integer(i, since_column);
            const bool prepared = list == &rows.at(2);
            look.open.push_back({std::string(list->text(i, id_column)), since, prepared});
            if (prepared || state.starts_with("idle in transaction"))
                note(holder, look.clock, since, std::string(list->text(i, who_column)));
        }
    look.trusted = !server.flag(0, standby_column) && server.flag(0, allowed_column) &&
                   server.flag(0, tracked_column) && !disabled && stamps == Stamps::database;
    add_trust(server, disabled, stamps, conditions);
    add_holder(holder, conditions);
    return look;
}

}  // namespace tributary::postgres
