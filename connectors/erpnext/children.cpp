#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "connectors/erpnext/reader.hpp"

namespace tributary::erpnext {
namespace {

constexpr int most_tries = 10;

}  // namespace

/// The rows of a child table are shared by all doctypes that have such a table.
Result<api::Answer> DocumentReader::ask_children(const api::ChildQuestion& question, Arena& arena,
                                                 std::stop_token stop) {
    const table::Include& include = question.include;
    const std::vector<Join> joins = documents_.joins_of(include.name);
    const Plan plan = plan_of(question.fields, joins);
    if (include.on.size() != 1)
        return fail(Verdict::stop, "bad_include", "include '" + include.name + "' needs one column in `on`");
    ListQuery query{.doctype = question.object, .parent = parent_of(question.object), .fields = plan.asked};
    query.order_by = include.field.empty() ? "name asc" : "parent asc, idx asc";
    std::vector<std::string> names;
    for (const auto& parent : question.parents) names.push_back(parent.front().text);
    query.filters.add_among(include.on.front().first, names);
    if (!query.parent.empty()) query.filters.add("parenttype", "=", query.parent);
    if (!include.field.empty()) query.filters.add("parentfield", "=", include.field);
    auto rows = list(query, plan, {.rows = no_limit, .bytes = no_limit}, arena, stop);
    if (!rows) return std::unexpected(rows.error());
    if (auto joined = join(plan, rows->values, arena, std::move(stop)); !joined) return std::unexpected(joined.error());
    api::Answer answer;
    for (const Value* const values : rows->values)
        answer.rows.push_back(Value::of(arena.copy_of(Object{rows->shape.get(), values})));
    answer.shapes.push_back(std::move(rows->shape));
    return answer;
}

/// Documents and their children come by two requests: where a document was saved in between, it is read again with its
/// children, so that an order never shows lines of another moment. One that is saved at each of so many looks is told
/// as it is by the next poll.
Result<table::Children> DocumentReader::children(const table::ChildrenRequest& request, Arena& arena,
                                                 std::stop_token stop) {
    auto children = api::ApiReader::children(request, arena, stop);
    if (!children || request.listed || request.include != 0 || !selection().watermark) return children;
    Stamps stamps;
    for (const Value* const row : request.parents.rows)
        stamps.emplace(row[0].view(), row[*selection().watermark].view());
    for (int tries = 0; tries < most_tries; ++tries) {
        auto moved = find_moved(stamps, stop);
        if (!moved) return std::unexpected(moved.error());
        if (moved->empty()) return children;
        if (auto read = read_moved(*moved, request.parents, arena, stop); !read) return std::unexpected(read.error());
        auto replaced = replace_children(request, *moved, *children, arena, stop);
        if (!replaced) return std::unexpected(replaced.error());
        stamps = std::move(*moved);
    }
    return children;
}

/// Puts the children that some of the documents have now in place of those they had.
Result<void> DocumentReader::replace_children(const table::ChildrenRequest& request, const Stamps& moved,
                                              table::Children& children, Arena& arena, std::stop_token stop) {
    table::Page some;
    std::vector<std::uint32_t> places;
    const std::size_t complete = std::min(children.complete, request.parents.rows.size());
    for (std::size_t i = 0; i < complete; ++i) {
        if (!moved.contains(std::string(request.parents.rows[i][0].view()))) continue;
        some.rows.push_back(request.parents.rows[i]);
        places.push_back(static_cast<std::uint32_t>(i));
    }
    if (some.rows.empty()) return {};
    auto fresh = api::ApiReader::children({request.include, some, no_limit, false}, arena, std::move(stop));
    if (!fresh) return std::unexpected(fresh.error());
    std::vector<std::pair<std::uint32_t, const Value*>> all;
    for (std::size_t i = 0; i < children.rows.size(); ++i)
        if (!std::ranges::binary_search(places, children.parents[i]))
            all.emplace_back(children.parents[i], children.rows[i]);
    for (std::size_t i = 0; i < fresh->rows.size(); ++i) all.emplace_back(places[fresh->parents[i]], fresh->rows[i]);
    std::ranges::stable_sort(all, {}, &std::pair<std::uint32_t, const Value*>::first);
    children.parents.clear();
    children.rows.clear();
    for (const auto& [parent, row] : all) {
        children.parents.push_back(parent);
        children.rows.push_back(row);
    }
    std::ranges::move(fresh->shapes, std::back_inserter(children.shapes));
    return {};
}

/// Those whose stamp is another now, with that.
Result<DocumentReader::Stamps> DocumentReader::find_moved(const Stamps& stamps, std::stop_token stop) {
    const std::vector<std::string> fields{"name", definition().watermark->column};
    const Plan plan = plan_of(fields, {});
    std::vector<std::string> names;
    for (const auto& [name, stamp] : stamps) names.push_back(name);
    Stamps moved;
    for (std::size_t at = 0; at < names.size(); at += most_parents()) {
        ListQuery query =
            query_by_name(plan, std::span(names).subspan(at, std::min(most_parents(), names.size() - at)));
        Arena arena;
        const auto now = list(query, plan, {.rows = no_limit, .bytes = no_limit}, arena, stop);
        if (!now) return std::unexpected(now.error());
        for (const Value* const row : now->values) {
            if (!row[0].has_text() || !row[1].has_text()) continue;
            const auto known = stamps.find(std::string(row[0].view()));
            if (known != stamps.end() && known->second != row[1].view()) moved.emplace(known->first, row[1].view());
        }
    }
    return moved;
}

ListQuery DocumentReader::query_by_name(const Plan& plan, std::span<const std::string> names) const {
    ListQuery query{
        .doctype = definition().table, .parent = documents_.parent, .fields = plan.asked, .order_by = "name asc"};
    query.filters.add_among("name", names);
    return query;
}

/// Puts what is there now in place of the documents that moved. Their stamps stay: pages go on behind them, and the
/// next poll reads these documents once more.
Result<void> DocumentReader::read_moved(const Stamps& moved, const table::Page& parents, Arena& arena,
                                        std::stop_token stop) {
    std::vector<std::string> names;
    for (const auto& [name, stamp] : moved) names.push_back(name);
    const Plan plan = plan_of(selection().columns, joins_);
    const auto now = list(query_by_name(plan, names), plan, {.rows = no_limit, .bytes = no_limit}, arena, stop);
    if (!now) return std::unexpected(now.error());
    if (auto joined = join(plan, now->values, arena, std::move(stop)); !joined) return joined;
    std::unordered_map<std::string_view, const Value*> fresh;
    for (const Value* const row : now->values)
        if (row[0].has_text()) fresh.emplace(row[0].view(), row);
    for (Value* const row : parents.rows) {
        const auto found = fresh.find(row[0].view());
        if (found == fresh.end()) continue;
        const Value stamp = row[*selection().watermark];
        std::copy_n(found->second, plan.fields.size(), row);
        row[*selection().watermark] = stamp;
    }
    return {};
}

}  // namespace tributary::erpnext
