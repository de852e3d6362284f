#include "connectors/http_json/feed.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "core/model/key_text.hpp"
#include "core/model/time.hpp"
#include "core/model/utf8.hpp"

namespace tributary::http_json {
namespace {

const Value* column_of(const Value& row, const std::vector<std::string>& path) {
    return row.kind == Kind::object ? http::find_in(row, path) : nullptr;
}

/// What a source calls its next page, as text; empty: there is none.
std::string token_text(const Value* value) {
    if (value == nullptr) return {};
    if (value->kind == Kind::integer) return std::to_string(value->integer);
    return value->has_text() ? std::string(value->view()) : std::string();
}

/// `<https://…?page=2>; rel="next"` (RFC 8288).
std::string next_of(std::string_view header) {
    while (!header.empty()) {
        const std::size_t open = header.find('<');
        const std::size_t shut = header.find('>', open);
        if (shut == std::string_view::npos) return {};
        const std::string_view target = header.substr(open + 1, shut - open - 1);
        const std::size_t end = std::min(header.find(',', shut), header.size());
        const std::string_view parameters = header.substr(shut, end - shut);
        if (parameters.contains("rel=\"next\"") || parameters.contains("rel=next")) return std::string(target);
        header.remove_prefix(end);
    }
    return {};
}

bool says_error(const Value* value) {
    if (value == nullptr) return false;
    switch (value->kind) {
        case Kind::null:
            return false;
        case Kind::boolean:
            return value->boolean;
        case Kind::integer:
            return value->integer != 0;
        case Kind::list:
            return value->size > 0;
        case Kind::object:
            return value->object->size() > 0;
        default:
            return value->has_text() && value->size > 0;
    }
}

std::string hash_of(std::string_view key) { return fmt::format("{:016x}", XXH3_64bits(key.data(), key.size())); }

std::optional<Moments> moments_of(const Definition& definition) {
    if (!definition.watermark) return std::nullopt;
    std::optional<table::LocalTime> zone;
    if (!definition.time_zone.empty())
        if (auto local = table::LocalTime::of(definition.time_zone)) zone = std::move(*local);
    return Moments(definition.watermark->format, std::move(zone));
}

}  // namespace

ListFeed::ListFeed(Definition definition, std::shared_ptr<http::Service> service, Reads reads)
    : definition_(std::move(definition)),
      service_(std::move(service)),
      walk_(definition_.walk_settings(reads == Reads::news)),
      moments_(moments_of(definition_)),
      connection_(*service_) {
    for (const std::string& column : definition_.key) key_.push_back(parts_of(column));
    if (definition_.watermark) watermark_ = parts_of(definition_.watermark->column);
}

Result<Batch> ListFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    const auto position = walk::read_list_position(after);
    if (!position) return std::unexpected(position.error());
    Batch batch;
    batch.read_at = wall_clock_now();
    if (!walk::ListWalk::wants_page(*position)) {
        page_.reset();
        const auto told = finish(walk_.advance(*position, {}, {}, false), position->then, batch);
        if (!told) return std::unexpected(told.error());
        return batch;
    }
    if (page_ && page_->reached != after) page_.reset();
    if (!page_) {
        auto opened = open_page(*position, limits, stop);
        // a link or cursor of a process before this one may have ended meanwhile: from the start of the round, then
        const bool forgotten = !opened && opened.error().verdict == Verdict::stop && !position->token.empty() &&
                               reached_ != after &&
                               (opened.error().code == "bad_request" || opened.error().code == "not_found");
        if (forgotten) {
            const auto told = finish({.next = walk::ListWalk::without_token(*position), .more = true}, no_time, batch);
            if (!told) return std::unexpected(told.error());
            return batch;
        }
        if (!opened) return std::unexpected(opened.error());
    }
    auto read = read_page(after, limits, batch, std::move(stop));
    if (!read) {
        page_.reset();
        connection_.close();
        return std::unexpected(read.error());
    }
    return batch;
}

void ListFeed::add_place(const walk::ListRequest& asked, http::Query& query) const {
    const Paging& paging = definition_.paging;
    if (!paging.size_parameter.empty() && asked.size > 0)
        query.emplace_back(paging.size_parameter, std::to_string(asked.size));
    if (paging.style == Style::offset) query.emplace_back(paging.parameter, std::to_string(asked.offset));
    if (paging.style == Style::page)
        query.emplace_back(paging.parameter,
                           asked.token.empty() ? std::to_string(paging.first + asked.number) : asked.token);
    const bool by_token = paging.style == Style::cursor || paging.style == Style::after;
    if (by_token && !asked.token.empty()) query.emplace_back(paging.parameter, asked.token);
}

http::Request ListFeed::request_for(const walk::ListRequest& asked) const {
    const bool by_link = definition_.paging.style == Style::link || definition_.paging.style == Style::header;
    if (by_link && !asked.token.empty()) return http::Request{.target = asked.token};
    http::Request request{.target = definition_.path, .query = definition_.parameters};
    if (asked.from && definition_.watermark) {
        std::string value = definition_.watermark->value;
        value.replace(value.find("{}"), 2, moments_->write(*asked.from));
        request.query.emplace_back(definition_.watermark->parameter, std::move(value));
    }
    add_place(asked, request.query);
    return request;
}

Result<void> ListFeed::open_page(const walk::ListPosition& position, const Limits& limits, std::stop_token stop) {
    const walk::ListRequest asked = walk_.page(position, static_cast<std::int64_t>(limits.rows));
    const std::int64_t before = wall_clock_now();
    const auto answer = connection_.open(request_for(asked), std::move(stop));
    if (!answer) return std::unexpected(answer.error());
    page_.emplace(http::RowStream(connection_, decoder_, definition_.rows), answer->url, asked, position);
    page_->first = page_->from_rest = !position.going;
    page_->anchors_at.resize(position.anchors.size());
    page_->position.given = 0;
    if (definition_.paging.style == Style::header) page_->link = next_of(answer->header("link"));
    if (!position.going)
        page_->position = walk_.begin(position, answer->clock != no_time ? std::min(answer->clock, before) : before);
    return {};
}

Result<void> ListFeed::read_page(const Position& after, const Limits& limits, Batch& batch, std::stop_token stop) {
    std::vector<Value> rows;
    const auto ended = page_->rows.read(rows, limits, batch.arena, std::move(stop));
    if (!ended) return std::unexpected(ended.error());
    batch.rows.reserve(rows.size());
    for (const Value& row : rows)
        if (auto added = add_row(row, batch); !added) return added;
    if (*ended) return end_page(after, batch);
    batch.shapes = decoder_.take_shapes();
    connection_.rest();
    const auto step = walk_.part(page_->position, page_->first, static_cast<std::int64_t>(rows.size()));
    page_->position = step.next;
    page_->first = false;
    if (auto told = finish(step, no_time, batch); !told) return told;
    page_->reached = batch.next;
    return {};
}

Result<void> ListFeed::add_row(const Value& value, Batch& batch) {
    if (value.kind != Kind::object)
        return std::unexpected(
            connection_.fault(Verdict::stop, "rows_not_objects", "the elements of the list are no objects"));
    const std::string key = make_row(value, batch);
    const std::int64_t at = page_->seen.rows++;
    if (key.empty()) return {};
    if (definition_.paging.style == Style::after)
        page_->last_key = key_text(batch.rows.back().key.front(), batch.arena).text;
    std::string hash = hash_of(key);
    for (std::size_t i = 0; i < page_->anchors_at.size(); ++i)
        if (!page_->anchors_at[i] && page_->position.anchors[i] == hash) page_->anchors_at[i] = at;
    if (page_->top.size() < hash.size() * walk::most_anchors) page_->top += hash;
    auto& last = page_->seen.last;
    last.push_back(std::move(hash));
    if (last.size() > 2 * walk::most_anchors) last.erase(last.begin(), last.end() - walk::most_anchors);
    return {};
}

/// Returns the record key; empty: there is none.
std::string ListFeed::make_row(const Value& value, Batch& batch) {
    Row& row = batch.rows.emplace_back();
    row.values = *value.object;
    const auto key = batch.arena.array<Value>(key_.size());
    std::string joined;
    bool usable = true;
    for (std::size_t i = 0; i < key_.size(); ++i) {
        if (const Value* const part = column_of(value, key_[i])) key[i] = *part;
        const KeyText text = key_text(key[i], batch.arena);
        usable = usable && text;
        if (text) append_key_part(text.text, i == 0, joined);
    }
    row.key = key;
    if (const Value* const stamp = watermark_.empty() ? nullptr : column_of(value, watermark_)) {
        row.source_time = moments_->read(*stamp);
        if (stamp->has_text() && is_clean_text(stamp->view())) row.position = stamp->view();
        if (stamp->kind == Kind::integer) row.position = batch.arena.copy(std::to_string(stamp->integer));
    }
    return usable ? joined : std::string();
}

Result<void> ListFeed::told_error(const Value& envelope) const {
    if (!definition_.error) return {};
    const Value* const said = http::find_in(envelope, *definition_.error);
    if (!says_error(said)) return {};
    return std::unexpected(connection_.fault(Verdict::retry, "source_error", "the answer holds an error"));
}

Result<std::optional<std::string>> ListFeed::next_token(const Value& envelope) const {
    const Paging& paging = definition_.paging;
    const Page& page = *page_;
    std::string token;
    if (paging.style == Style::cursor || paging.style == Style::link)
        token = token_text(http::find_in(envelope, *paging.next));
    else if (paging.style == Style::header)
        token = page.link;
    else if (paging.style == Style::after && page.seen.rows > 0)
        token = page.last_key;
    else if (paging.trusts_numbers() && page.seen.rows > 0)
        token = std::to_string((page.request.token.empty() ? paging.first : std::stoll(page.request.token)) + 1);
    if (token.empty()) return std::nullopt;
    if (paging.style == Style::link || paging.style == Style::header) {
        auto link = service_->link(token, page.url);
        if (!link) return std::unexpected(link.error());
        token = std::move(*link);
    }
    // some name the same place again when there is nothing behind it
    if (token == page.request.token && page.seen.rows == 0) return std::nullopt;
    const bool again = !page.seen.top.empty() && page.seen.top == page.position.top;  // of that the walk judges
    if (token == page.request.token && !again)
        return std::unexpected(connection_.fault(Verdict::retry, "paging_stuck", "the next page is this one again"));
    if (service_->touches_secret(token))
        return std::unexpected(connection_.fault(
            Verdict::stop, "secret_in_link", "the link to the next page holds a secret, which a position must not"));
    return token;
}

Result<void> ListFeed::end_page(const Position& after, Batch& batch) {
    const auto envelope = page_->rows.envelope(batch.arena);
    if (!envelope) return std::unexpected(envelope.error());
    if (auto good = told_error(*envelope); !good) return good;
    if (!page_->rows.found()) return std::unexpected(page_->rows.rows_not_found());
    batch.shapes = decoder_.take_shapes();
    Page& page = *page_;
    if (!page.top.empty()) page.seen.top = hash_of(page.top);
    auto token = next_token(*envelope);
    if (!token) return std::unexpected(token.error());
    page.seen.token = std::move(*token);
    if (definition_.paging.more)
        if (const Value* const more = http::find_in(*envelope, *definition_.paging.more);
            more && more->kind == Kind::boolean)
            page.seen.more = more->boolean;
    for (std::size_t i = page.anchors_at.size(); i-- > 0 && !page.seen.anchor;)
        if (page.anchors_at[i])
            page.seen.anchor = {.back = static_cast<std::int64_t>(page.anchors_at.size() - 1 - i),
                                .at = *page.anchors_at[i]};
    if (page.seen.last.size() > walk::most_anchors)
        page.seen.last.erase(page.seen.last.begin(), page.seen.last.end() - walk::most_anchors);
    largest_ = std::max(largest_, page.seen.rows);
    page.seen.largest = largest_;
    const walk::ListStep step = walk_.advance(page.position, page.request, page.seen, page.first);
    if (step.repeats) return std::unexpected(repeated_page());
    // a poll that found nothing: the position before it stands, so that idle polls write nothing
    const bool idle = page.from_rest && page.seen.rows == 0 && !step.more && step.next.phase == walk::Phase::poll;
    const std::int64_t clock = page.position.then;
    page_.reset();
    if (auto told = finish(step, clock, batch); !told) return told;
    if (idle) batch.next = after;
    reached_ = batch.next;
    return {};
}

Result<void> ListFeed::finish(const walk::ListStep& step, std::int64_t clock, Batch& batch) {
    auto next = walk::write_list_position(step.next);
    if (!next) return std::unexpected(next.error());
    batch.next = std::move(*next);
    reached_ = batch.next;
    batch.more = step.more;
    batch.scan = step.scan;
    batch.cause = step.cause;
    batch.progress.rows = step.next.rows;
    if (!step.more) batch.current_to = clock;
    if (step.moved)
        moved_ = {"list_moved", fmt::format("rows of {} moved to the front of the list while it was read: what is gone "
                                            "cannot be told; ask for an order that changes do not change, as by key",
                                            definition_.stream)};
    else if (step.scan == Scan::end)
        moved_.reset();
    if (moved_) batch.conditions.push_back(*moved_);
    return {};
}

}  // namespace tributary::http_json
