#include "core/status/status_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/status/json_writer.hpp"

namespace tributary {

namespace {

void write(JsonWriter& json, const char* name, const std::vector<HealthNote>& notes) {
    json.open_list(name);
    for (const HealthNote& note : notes) {
        json.open();
        json.text("code", note.code);
        if (!note.source.empty()) json.text("source", note.source);
        if (!note.feed.empty()) json.text("feed", note.feed);
        json.prose("what", note.what);
        json.close();
    }
    json.close_list();
}

void write(JsonWriter& json, const char* name, const LinkSnapshot& link) {
    json.open(name);
    json.is("ok", link.ok);
    if (!link.ok) {
        json.text("code", link.code);
        json.prose("reason", link.reason);
    }
    json.time("since", link.since);
    json.time("last_ok", link.last_ok);
    json.close();
}

void write_step(JsonWriter& json, const Activity& activity) {
    if (activity.step == Step::idle) return;
    json.open("step");
    json.text("name", name_of(activity.step));
    json.time("since", activity.since);
    if (activity.limit > 0) json.seconds("limit_seconds", activity.limit);
    json.close();
}

void write_loop(JsonWriter& json, const LoopSnapshot& loop, std::int64_t now) {
    json.open();
    json.text("name", loop.name);
    json.age_of("last_turn_age_seconds", now, loop.last_turn);
    json.seconds("limit_seconds", loop.limit);
    write_step(json, loop.activity);
    json.close();
}

void write_state(JsonWriter& json, const FeedSnapshot& feed) {
    json.text("name", feed.feed);
    json.text("state", name_of(feed.state));
    if (!feed.code.empty()) json.text("code", feed.code);
    if (!feed.reason.empty()) json.prose("reason", feed.reason);
    json.time("since", feed.since);
    if (feed.retry_at != no_time) json.time("retry_at", feed.retry_at);
}

void write_load(JsonWriter& json, const FeedSnapshot& feed) {
    if (feed.phase == FeedPhase::poll) return;
    json.open("progress");
    json.number("rows", feed.progress.rows);
    if (feed.progress.expected > 0) json.number("expected", feed.progress.expected);
    json.number("rows_per_second", static_cast<std::int64_t>(std::llround(feed.rows_per_second)));
    json.time("done_at", feed.eta);
    json.close();
}

void write_counts(JsonWriter& json, const FeedSnapshot& feed) {
    json.number("rows", feed.rows);
    json.number("events", feed.events);
    json.number("rejects", feed.rejects);
    json.number("unresolved_rejects", feed.unresolved);
    json.number("pulls", feed.pulls);
    json.number("pull_errors", feed.pull_errors);
    json.number("restarts", feed.restarts);
    json.number("queue_bytes", feed.queue_bytes);
}

void write_feed(JsonWriter& json, const FeedSnapshot& feed, std::int64_t now) {
    json.open();
    write_state(json, feed);
    json.open_list("streams");
    for (const std::string& each : feed.streams) json.text(nullptr, each);
    json.close_list();
    json.seconds("every_seconds", feed.every);
    json.text("phase", name_of(feed.phase));
    write_step(json, feed.activity);
    write_load(json, feed);
    write_counts(json, feed);
    json.time("last_pull", feed.last_pull);
    json.time("last_event", feed.last_event);
    json.time("current_to", feed.current_to);
    json.age_of("lag_seconds", now, feed.current_to);
    json.age_of("last_event_age_seconds", now, feed.last_event);
    json.age_of("last_pull_age_seconds", now, feed.last_pull);
    json.open_list("conditions");
    for (const Condition& each : feed.conditions) {
        json.open();
        json.text("code", each.code);
        json.prose("what", each.what);
        json.close();
    }
    json.close_list();
    json.json("position", feed.position);
    json.close();
}

void write_check(JsonWriter& json, const FeedSnapshot& feed, std::int64_t now, const HealthLimits& limits) {
    json.open();
    json.text("source", feed.source);
    json.text("feed", feed.feed);
    json.text("state", name_of(feed.state));
    json.age_of("last_pull_age_seconds", now, feed.last_pull);
    if (const auto limit = freshness_limit(feed, limits); limit > 0) json.seconds("limit_seconds", limit);
    write_step(json, feed.activity);
    json.close();
}

std::vector<std::string_view> source_names(const Snapshot& snapshot) {
    std::vector<std::string_view> names;
    for (const FeedSnapshot& feed : snapshot.feeds)
        if (std::ranges::find(names, feed.source) == names.end()) names.push_back(feed.source);
    return names;
}

void write_source(JsonWriter& json, const Snapshot& snapshot, std::string_view name, bool all) {
    json.open();
    json.text("name", name);
    json.text("state", name_of(worst_state(snapshot, name)));
    json.open_list("feeds");
    for (const FeedSnapshot& feed : snapshot.feeds) {
        if (feed.source != name) continue;
        if (all) {
            write_feed(json, feed, snapshot.now);
            continue;
        }
        json.open();
        write_state(json, feed);
        json.close();
    }
    json.close_list();
    json.close();
}

void write_checks(JsonWriter& json, const Snapshot& snapshot, const HealthLimits& limits) {
    json.open("checks");
    json.text("stage", name_of(snapshot.stage));
    write(json, "broker", snapshot.broker);
    write(json, "store", snapshot.store);
    json.open_list("loops");
    for (const LoopSnapshot& loop : snapshot.loops) write_loop(json, loop, snapshot.now);
    json.close_list();
    json.open_list("feeds");
    for (const FeedSnapshot& feed : snapshot.feeds) write_check(json, feed, snapshot.now, limits);
    json.close_list();
    json.close();
}

void write_process(JsonWriter& json, const Snapshot& snapshot) {
    json.open("process");
    json.text("version", snapshot.version);
    json.text("commit", snapshot.source_commit);
    json.text("instance", snapshot.instance);
    json.text("tenant", snapshot.tenant);
    json.time("started", snapshot.started);
    json.age_of("uptime_seconds", snapshot.now, snapshot.started);
    json.text("stage", name_of(snapshot.stage));
    if (!snapshot.doing.empty()) json.prose("doing", snapshot.doing);
    json.close();
}

}  // namespace

FeedState worst_state(const Snapshot& snapshot, std::string_view source) {
    // from best to worst; a source without feeds has not been started
    constexpr std::array order{FeedState::running, FeedState::paused,  FeedState::stopped, FeedState::unassigned,
                               FeedState::waiting, FeedState::stalled, FeedState::parked};
    std::size_t worst = 0;
    bool any = false;
    for (const FeedSnapshot& feed : snapshot.feeds) {
        if (feed.source != source) continue;
        any = true;
        worst = std::max<std::size_t>(worst, std::ranges::find(order, feed.state) - order.begin());
    }
    return any ? order[worst] : FeedState::unassigned;
}

std::string StatusJson::live() const {
    JsonWriter json(redact_);
    json.open();
    json.is("live", health_.live);
    write(json, "reasons", health_.dead);
    json.close();
    return json.take();
}

std::string StatusJson::ready(bool verbose) const {
    JsonWriter json(redact_);
    json.open();
    json.is("ready", health_.ready);
    write(json, "reasons", health_.reasons);
    write(json, "warnings", health_.warnings);
    if (verbose) write_checks(json, shot_, limits_);
    json.close();
    return json.take();
}

std::string StatusJson::summary() const {
    JsonWriter json(redact_);
    json.open();
    json.is("live", health_.live);
    json.is("ready", health_.ready);
    write(json, "reasons", health_.reasons);
    write(json, "warnings", health_.warnings);
    write_process(json, shot_);
    write(json, "broker", shot_.broker);
    write(json, "store", shot_.store);
    json.number("last_commit_number", shot_.last_commit_number);
    json.open_list("sources");
    for (const std::string_view name : source_names(shot_)) {
        json.open();
        json.text("name", name);
        json.text("state", name_of(worst_state(shot_, name)));
        json.close();
    }
    json.close_list();
    json.close();
    return json.take();
}

std::string StatusJson::version() const {
    JsonWriter json(redact_);
    json.open();
    json.text("version", shot_.version);
    json.text("commit", shot_.source_commit);
    json.close();
    return json.take();
}

std::string StatusJson::sources(bool all) const {
    JsonWriter json(redact_);
    json.open();
    json.open_list("sources");
    for (const std::string_view name : source_names(shot_)) write_source(json, shot_, name, all);
    json.close_list();
    json.close();
    return json.take();
}

std::string StatusJson::source(std::string_view name) const {
    if (std::ranges::find(shot_.feeds, name, &FeedSnapshot::source) == shot_.feeds.end()) return {};
    JsonWriter json(redact_);
    write_source(json, shot_, name, true);
    return json.take();
}

}  // namespace tributary
