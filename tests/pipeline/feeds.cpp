#include "tests/pipeline/feeds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tributary::simulation {

namespace {

bool is_number(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Value key_value(const std::string& key, Arena& arena) {
    if (!is_number(key)) return Value::text(arena.copy(key));
    std::int64_t number = 0;
    std::from_chars(key.data(), key.data() + key.size(), number);
    return Value::of(number);
}

void add_row(Batch& batch, const Version& version) {
    if (batch.shapes.empty()) batch.shapes.push_back(std::make_shared<Shape>(Shape{{"id", "rev", "status", "group"}}));
    Row row;
    row.stream = static_cast<std::uint32_t>(version.table);
    row.op = version.live ? Op::upsert : Op::remove;
    auto key = batch.arena.array<Value>(1);
    key[0] = key_value(version.key, batch.arena);
    row.key = key;
    if (version.live) {
        auto values = batch.arena.array<Value>(4);
        values[0] = key[0];
        values[1] = Value::of(version.rev);
        values[2] = Value::text(version.bad ? "spoilt" : "active");
        values[3] = Value::text(batch.arena.copy(version.group));
        row.values = {batch.shapes[0].get(), values.data()};
    }
    row.position = batch.arena.copy(std::to_string(version.seq));
    batch.rows.push_back(row);
}

}  // namespace

Position encode(const FeedPosition& p) {
    return {fmt::format("{{\"at\":{},\"from\":{},\"key\":\"{}\"}}", p.at, p.from, p.key)};
}

FeedPosition decode(const Position& position) {
    FeedPosition read;
    const std::string& json = position.json;
    if (json.empty()) return read;
    const auto number = [&](std::string_view name) {
        const auto start = json.find(name) + name.size();
        return std::stoll(json.substr(start));
    };
    read.at = number("\"at\":");
    read.from = number("\"from\":");
    const auto key = json.find("\"key\":\"") + 7;
    read.key = json.substr(key, json.find('"', key) - key);
    return read;
}

Result<Batch> TableFeed::pull(const Position& after, const Limits& limits, std::stop_token) {
    FeedPosition position = decode(after);
    if (after.empty()) position.from = setup_.database->last();
    return position.loading() ? load(position, limits) : poll(position, limits);
}

Batch TableFeed::load(const FeedPosition& position, const Limits& limits) const {
    Batch batch;
    batch.cause = Cause::load;
    batch.read_at = setup_.clock();
    batch.more = true;
    FeedPosition next = position;
    for (const std::string& key : setup_.database->keys(0)) {
        if (key <= position.key) continue;
        if (batch.rows.size() == limits.rows) {
            batch.next = encode(next);
            return batch;
        }
        const Version* row = setup_.database->current(0, key);
        if (row != nullptr && row->live) add_row(batch, *row);
        next.key = key;
    }
    batch.next = encode({.at = position.from, .from = -1, .key = {}});
    return batch;
}

Batch TableFeed::poll(const FeedPosition& position, const Limits& limits) const {
    Batch batch;
    batch.read_at = setup_.clock();
    batch.current_to = batch.read_at;
    const Database& database = *setup_.database;
    FeedPosition next = position;
    // the overlap is read again by the poll's first page only, or paging would not get on
    const bool first_page = position.key.empty();
    std::int64_t seq = first_page ? std::max<std::int64_t>(0, position.at - setup_.overlap) : position.at;
    for (; seq < database.last(); ++seq) {
        const Version& version = database.log()[static_cast<std::size_t>(seq)];
        if (database.current(0, version.key) != &version) continue;
        if (batch.rows.size() >= limits.rows && seq > position.at) {
            batch.more = true;
            break;
        }
        add_row(batch, version);
    }
    next.at = std::max(position.at, seq);
    next.key = batch.more ? "page" : "";
    batch.next = encode(next);
    return batch;
}

Result<Batch> LogFeed::pull(const Position& after, const Limits& limits, std::stop_token) {
    FeedPosition position = decode(after);
    if (position.at < confirmed_) {
        ++setup_.faults->happened["read behind what was confirmed"];
        return fail(Verdict::stop, "gone", "the log is gone up to a later position");
    }
    Batch batch;
    batch.read_at = setup_.clock();
    const auto& log = setup_.database->log();
    while (position.at < setup_.database->last() && batch.rows.size() < limits.rows)
        add_row(batch, log[static_cast<std::size_t>(position.at++)]);
    batch.more = position.at < setup_.database->last();
    batch.next = encode(position);
    return batch;
}

void LogFeed::committed(const Position& position) {
    setup_.faults->step("confirm");
    confirmed_ = std::max(confirmed_, decode(position).at);
}

}  // namespace tributary::simulation
