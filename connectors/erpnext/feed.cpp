#include "connectors/erpnext/feed.hpp"

#include <algorithm>
#include <utility>

#include "connectors/erpnext/stamps.hpp"
#include "core/model/key_text.hpp"

namespace tributary::erpnext {
namespace {

constexpr std::size_t announced_page = 500;
constexpr std::size_t fetched_page = 250;  ///< As many as a comparison asks for by key.
constexpr std::size_t most_again = 200;    ///< Names of 140 characters in a position.
constexpr std::size_t most_bytes = std::size_t{64} << 20;
/// A right that was missing may be given meanwhile.
constexpr std::chrono::minutes until_asked_again{10};

enum Comment : std::size_t { comment_name, comment_creation, reference_doctype, reference_name, content };

}  // namespace

DocumentFeed::DocumentFeed(std::unique_ptr<Feed> rows, Following following, std::shared_ptr<http::Service> service)
    : FeedAround(std::move(rows)), following_(std::move(following)), service_(std::move(service)), site_(*service_) {}

Result<Batch> DocumentFeed::pull(const Position& after, const Limits& limits, std::stop_token stop) {
    auto position = read_document_position(after);
    if (!position) return std::unexpected(position.error());
    if (after != reached_) {
        known_.clear();
        due_.reset();
    }
    if (!position->again.empty()) return read_again(std::move(*position), limits, std::move(stop));
    if (auto learned = learn_zone(*position, stop); !learned) return std::unexpected(learned.error());
    auto batch = rows().pull(position->rows, limits, stop);
    if (!batch) return batch;
    conditions_ = batch->conditions;
    DocumentPosition next{.rows = std::move(batch->next), .told = position->told, .turn = position->turn};
    const bool due = !due_ || Steady::now() >= *due_;
    if (!batch->more && batch->scan == Scan::none && due)
        if (auto followed = follow(limits, next, *batch, std::move(stop)); !followed)
            return std::unexpected(followed.error());
    // an idle poll writes nothing: announcements are read back from further then
    const bool idle = !after.empty() && next.rows == position->rows && next.turn == position->turn;
    auto written = idle ? Result<Position>(after) : write_document_position(next);
    if (!written) return std::unexpected(written.error());
    batch->next = std::move(*written);
    reached_ = batch->next;
    return batch;
}

/// Announcements count from before the first row was read.
Result<void> DocumentFeed::learn_zone(DocumentPosition& position, std::stop_token stop) {
    if (zone_ && position.told != 0) return {};
    const auto now = site_.now(std::move(stop));
    if (!now) return std::unexpected(now.error());
    auto zone = table::LocalTime::of(now->time_zone);
    if (!zone) return std::unexpected(zone.error());
    zone_ = std::move(*zone);
    if (position.told == 0) position.told = now->clock;
    return {};
}

Result<Batch> DocumentFeed::read_again(DocumentPosition position, const Limits& limits, std::stop_token stop) {
    const Again& again = position.again.front();
    tributary::Sought sought{.columns = {again.column}, .values = {}};
    for (const std::string& name : again.names) sought.values.push_back({name});
    auto batch = rows().search(0, sought, position.at, limits, std::move(stop));
    if (!batch) return batch;
    batch->cause = Cause::change;
    batch->conditions = conditions_;
    position.at = batch->more ? std::move(batch->next) : Position{};
    if (!batch->more) position.again.erase(position.again.begin());
    if (position.again.empty()) position.told = std::exchange(position.then, 0);
    auto written = write_document_position(position);
    if (!written) return std::unexpected(written.error());
    batch->next = std::move(*written);
    batch->more = true;  // a poll follows
    reached_ = batch->next;
    return batch;
}

Result<void> DocumentFeed::follow(const Limits& limits, DocumentPosition& next, Batch& batch, std::stop_token stop) {
    auto told = ask(next.told, limits.rows, stop);
    if (!told) {
        if (told.error().code != "no_right") return std::unexpected(told.error());
        due_ = Steady::now() + until_asked_again;
        return {};
    }
    if (auto removed = remove_gone(told->gone, batch, std::move(stop)); !removed) return removed;
    if (told->all) due_ = Steady::now() + following_.every;
    batch.more = !told->all || !told->again.empty();
    next.again = std::move(told->again);
    (next.again.empty() ? next.told : next.then) = told->all && told->clock != no_time ? told->clock : next.told;
    // a position of its own: who comes back to the one before has not seen what was told here
    if (!told->news.empty()) ++next.turn;
    if (told->all) known_ = {told->listed.begin(), told->listed.end()};
    known_.insert(told->news.begin(), told->news.end());
    return {};
}

Result<DocumentFeed::Told> DocumentFeed::ask(std::int64_t told, std::size_t most, std::stop_token stop) {
    Told found;
    if (auto asked = ask_deleted(told, most, found, stop); !asked) return std::unexpected(asked.error());
    if (auto asked = ask_renamed(told, found, std::move(stop)); !asked) return std::unexpected(asked.error());
    return found;
}

/// Names first: the documents themselves are asked for where they are news.
Result<void> DocumentFeed::ask_deleted(std::int64_t told, std::size_t most, Told& found, std::stop_token stop) {
    const Announced& stream = following_.stream;
    Texts doctypes{stream.doctype};
    if (!stream.parent.empty()) doctypes.push_back(stream.parent);
    ListQuery query{.doctype = "Deleted Document", .fields = {"name", "creation"}};
    query.filters.add_among("deleted_doctype", doctypes);
    auto news = list_news(std::move(query), told, found, stop);
    if (!news) return std::unexpected(news.error());
    if (news->size() > most) {
        news->resize(most);
        found.all = false;
    }
    for (std::size_t at = 0; at < news->size(); at += fetched_page) {
        Texts names;
        for (std::size_t i = at; i < std::min(at + fetched_page, news->size()); ++i)
            names.push_back((*news)[i].front());
        ListQuery whole{.doctype = "Deleted Document",
                        .fields = {"name", "creation", "deleted_doctype", "data"},
                        .order_by = "creation asc, name asc"};
        whole.filters.add_among("name", names);
        const auto documents = list_texts(whole, stop);
        if (!documents) return std::unexpected(documents.error());
        for (const Texts& document : *documents) {
            for (auto& key : deleted_keys(stream, document[2], document[3]))
                found.gone.push_back({std::move(key), time_of(document[1])});
            found.news.push_back("d" + document[0]);
        }
    }
    return {};
}

Result<void> DocumentFeed::ask_renamed(std::int64_t told, Told& found, std::stop_token stop) {
    ListQuery query{.doctype = "Comment",
                    .fields = {"name", "creation", "reference_doctype", "reference_name", "content"}};
    query.filters.add("comment_type", "=", "Edit");
    query.filters.add("content", "like", "%<strong>%");
    query.filters.add_among("reference_doctype", following_.stream.renamed());
    auto news = list_news(std::move(query), told, found, stop);
    if (!news) return std::unexpected(news.error());
    if (news->size() > most_again) {
        news->resize(most_again);
        found.all = false;
    }
    for (const Texts& comment : *news) {
        if (comment[reference_doctype] == following_.stream.doctype)
            if (auto added = add_former_keys(comment, found, stop); !added) return added;
        add_again(comment, found);
        found.news.push_back("c" + comment[comment_name]);
    }
    return {};
}

/// What was announced since, oldest first, without what is known already.
Result<std::vector<DocumentFeed::Texts>> DocumentFeed::list_news(ListQuery query, std::int64_t told, Told& found,
                                                                 std::stop_token stop) {
    const char kind = query.doctype == "Comment" ? 'c' : 'd';
    const Filters asked = query.filters;
    query.order_by = "creation asc, name asc";
    query.length = announced_page;
    const std::string since = stamp_text(zone_->earliest_from(told - following_.overlap.count()));
    std::vector<Texts> news;
    for (Texts last;;) {
        query.filters = asked;
        query.filters.add("creation", ">=", last.empty() ? since : last[1]);
        query.or_filters = {};
        if (!last.empty()) {
            query.or_filters.add("creation", ">", last[1]);
            query.or_filters.add("name", ">", last[0]);
        }
        auto page = list_texts(query, stop);
        if (!page) return page;
        if (found.clock == no_time) found.clock = site_.clock();
        const bool full = page->size() == announced_page;
        if (full && page->back() == last)
            return fail(Verdict::stop, "not_in_order", "the site does not give its announcements in the order asked");
        if (!page->empty()) last = page->back();
        for (Texts& row : *page) {
            found.listed.push_back(kind + row.front());
            if (!known_.contains(found.listed.back())) news.push_back(std::move(row));
        }
        if (!full) return news;
    }
}

Result<std::vector<DocumentFeed::Texts>> DocumentFeed::list_texts(const ListQuery& query, std::stop_token stop) {
    Arena arena;
    std::vector<Value> rows;
    const auto all = site_.list(query, {.rows = announced_page + 1, .bytes = most_bytes}, rows, arena, std::move(stop));
    if (!all) return std::unexpected(all.error());
    if (!*all)
        return fail(Verdict::stop, "answer_too_large",
                    "what the site announces is more than " + std::to_string(most_bytes) + " bytes at a time");
    std::vector<Texts> texts;
    for (const Value& row : rows) {
        Texts& values = texts.emplace_back();
        for (const std::string& field : query.fields) values.emplace_back(http::text_in(row, {field}));
    }
    return texts;
}

/// The old keys of a document that bears another name now: their other parts stay. What is told of is removed only
/// where nobody lives under it.
Result<void> DocumentFeed::add_former_keys(const Texts& comment, Told& found, std::stop_token stop) {
    const auto former = former_names(comment[content], comment[reference_name]);
    if (former.empty()) return {};
    const Announced& stream = following_.stream;
    ListQuery query{.doctype = stream.doctype, .fields = stream.key, .order_by = "name asc", .length = 1};
    query.filters.add("name", "=", comment[reference_name]);
    auto now = list_texts(query, std::move(stop));
    if (!now) return std::unexpected(now.error());
    if (now->empty()) return {};
    for (const std::string& name : former) {
        Gone gone{.key = now->front(), .at = time_of(comment[comment_creation])};
        gone.key.front() = name;
        found.gone.push_back(std::move(gone));
    }
    return {};
}

void DocumentFeed::add_again(const Texts& comment, Told& found) const {
    for (const auto& [column, doctype] : following_.stream.links) {
        if (doctype != comment[reference_doctype]) continue;
        auto again = std::ranges::find(found.again, column, &Again::column);
        if (again == found.again.end()) again = found.again.insert(again, {column, {}});
        if (std::ranges::find(again->names, comment[reference_name]) == again->names.end())
            again->names.push_back(comment[reference_name]);
    }
}

Result<void> DocumentFeed::remove_gone(std::span<const Gone> gone, Batch& batch, std::stop_token stop) {
    for (std::size_t at = 0; at < gone.size(); at += fetched_page) {
        const auto part = gone.subspan(at, std::min(fetched_page, gone.size() - at));
        std::vector<Texts> keys;
        for (const Gone& one : part) keys.push_back(one.key);
        const auto living = rows().fetch(0, keys, stop);
        // hidden from this user is not gone
        if (!living && living.error().code == "rows_hidden") continue;
        if (!living) return std::unexpected(living.error());
        const auto there = keys_in(*living);
        for (const Gone& one : part)
            if (!there.contains(joined_key(one.key))) add_gone(one.key, one.at, batch);
    }
    return {};
}

std::int64_t DocumentFeed::time_of(const std::string& stamp) {
    const auto local = read_stamp(stamp);
    return local ? zone_->to_utc(*local) : no_time;
}

Result<std::vector<Finding>> DocumentFeed::check(std::uint32_t stream, std::span<const std::string> columns,
                                                 std::stop_token stop) {
    auto found = rows().check(stream, columns, stop);
    if (!found) return found;
    for (const char* const doctype : {"Deleted Document", "Comment"}) {
        const auto readable =
            list_texts({.doctype = doctype, .fields = {"name"}, .order_by = "name asc", .length = 1}, stop);
        if (readable) continue;
        if (readable.error().code != "no_right") return std::unexpected(readable.error());
        found->push_back({Severity::warning, "",
                          std::string("the user may not read ") + doctype + ": " +
                              (doctype == std::string_view("Comment")
                                   ? "what refers to a renamed or merged document is found by `sweep` alone"
                                   : "deleted documents are found by `deletes` alone")});
    }
    return found;
}

}  // namespace tributary::erpnext
