#include <algorithm>
#include <unordered_map>
#include <utility>

#include "connectors/kit/api/reader.hpp"
#include "core/model/key_text.hpp"

namespace tributary::api {
namespace {

/// One text for the values of several columns; empty where one of them is no key: such a row has no family.
std::string family_text(std::span<const Value> values) {
    Arena arena;
    std::string all;
    for (const Value& value : values) {
        const KeyText text = key_text(value, arena);
        if (!text) return {};
        all += std::to_string(text.text.size()) + ":" + std::string(text.text);
    }
    return all;
}

/// Any order will do that stays the same.
bool comes_before(const Value* a, const Value* b, std::span<const std::size_t> key) {
    for (const std::size_t column : key) {
        if (a[column].kind == Kind::integer && b[column].kind == Kind::integer) {
            if (a[column].integer != b[column].integer) return a[column].integer < b[column].integer;
            continue;
        }
        const std::string left = walk::mark_of(a[column]).text, right = walk::mark_of(b[column]).text;
        if (left != right) return left < right;
    }
    return false;
}

/// Parents by what their children name them by. Those that have nothing there have no children.
struct Parents {
    std::vector<std::vector<walk::Mark>> marks;                         ///< No two are the same.
    std::unordered_map<std::string, std::vector<std::size_t>> by_text;  ///< Places in the page, by `family_text`.
};

Parents parents_of(const table::Page& page, std::span<const std::size_t> columns) {
    Parents parents;
    std::vector<Value> values(columns.size());
    for (std::size_t i = 0; i < page.rows.size(); ++i) {
        std::ranges::transform(columns, values.begin(), [&](std::size_t column) { return page.rows[i][column]; });
        const std::string text = family_text(values);
        if (text.empty()) continue;
        auto& same = parents.by_text[text];
        if (same.empty()) parents.marks.push_back(walk::marks_of(values));
        same.push_back(i);
    }
    return parents;
}

std::vector<std::size_t> key_places(const table::Include& include, const table::Selection& selection) {
    std::vector<std::size_t> places;
    for (const std::string& column : include.key)
        if (const auto place = selection.place_of(column)) places.push_back(*place);
    return places;
}

}  // namespace

Result<Answer> ApiReader::ask_children(const ChildQuestion& question, Arena&, std::stop_token) {
    return fail(Verdict::stop, "no_children",
                "children '" + question.include.name + "' of " + definition_.what() +
                    " cannot be read by `on`: give the `field` that leads to them");
}

Result<ApiReader::Families> ApiReader::nested_families(const table::ChildrenRequest& request) const {
    Families families(request.parents.rows.size());
    for (std::size_t i = 0; i < families.size(); ++i) {
        const Value& value = nested_[request.include].at(i);
        if (value.kind == Kind::list)
            families[i].assign(value.items().begin(), value.items().end());
        else if (value.kind == Kind::object)
            families[i].push_back(value);
        else if (!value.is_null())
            return fail(Verdict::stop, "bad_children",
                        "field '" + definition_.includes[request.include].field + "' of " + definition_.what() +
                            " holds no children");
    }
    return families;
}

Result<ApiReader::Families> ApiReader::asked_families(const table::ChildrenRequest& request, Arena& arena,
                                                      table::Children& children, std::stop_token stop) {
    const table::Include& include = definition_.includes[request.include];
    ChildQuestion question{.include = include, .object = object_of(include), .fields = {}, .parents = {}};
    add_child_fields(request.include, request.listed, "", question.fields);
    const Parents parents = parents_of(request.parents, selection_.parents[request.include]);
    std::vector<std::string> names;
    for (const auto& [column, parent] : include.on) names.push_back(column);
    Picker on(std::move(names));
    std::vector<Value> values(on.size());
    Families families(request.parents.rows.size());
    for (std::size_t from = 0; from < parents.marks.size(); from += most_parents()) {
        const auto some = std::span(parents.marks).subspan(from, std::min(most_parents(), parents.marks.size() - from));
        question.parents.assign(some.begin(), some.end());
        auto answer = ask_children(question, arena, stop);
        if (!answer) return std::unexpected(answer.error());
        std::ranges::move(answer->shapes, std::back_inserter(children.shapes));
        for (const Value& row : answer->rows) {
            if (row.kind != Kind::object) continue;
            on.pick(*row.object, values.data());
            const auto found = parents.by_text.find(family_text(values));
            if (found == parents.by_text.end()) continue;
            for (const std::size_t parent : found->second) families[parent].push_back(row);
        }
    }
    return families;
}

Result<table::Children> ApiReader::children(const table::ChildrenRequest& request, Arena& arena, std::stop_token stop) {
    const table::Include& include = definition_.includes[request.include];
    const table::Selection& selection = children_[request.include];
    table::Children children{.shape = selection.shape, .listed = selection.listed};
    const bool here = nested(include);
    auto families = here ? nested_families(request) : asked_families(request, arena, children, std::move(stop));
    if (!families) return std::unexpected(families.error());
    const auto columns = request.columns_of(selection);
    Picker picker({columns.begin(), columns.end()});
    const std::vector<std::size_t> key = key_places(include, selection);
    for (std::size_t parent = 0; parent < families->size(); ++parent) {
        std::vector<const Value*> rows;
        for (const Value& child : (*families)[parent]) {
            if (child.kind != Kind::object) continue;
            const auto values = arena.array<Value>(selection.columns.size());
            std::ranges::fill(values, Value::null());
            picker.pick(*child.object, values.data());
            rows.push_back(values.data());
        }
        std::ranges::stable_sort(rows, [&](const Value* a, const Value* b) { return comes_before(a, b, key); });
        // those that came with their parents are in the arena already: to leave parents out would free nothing
        const bool enough = !here && arena.bytes() >= request.most_bytes + Arena::chunk_bytes;
        for (const Value* const row : rows)
            if (!children.take(static_cast<std::uint32_t>(parent), row, enough)) return children;
    }
    return children;
}

}  // namespace tributary::api
