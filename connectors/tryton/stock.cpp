// Rows that are read once for each stock location: Tryton computes a product's quantity in the locations that the
// context names (trytond_stock, product.py, get_quantity), none of them in the rows' own fields.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

#include "connectors/tryton/reader.hpp"

namespace tributary::tryton {
namespace {

constexpr std::size_t most_locations = 10'000;

bool is_own(const std::string& field) { return std::ranges::find(location_fields, field) != location_fields.end(); }

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::int64_t id_of(const Value& row) {
    const Value* const id = http::find_in(row, {"id"});
    return id == nullptr || id->kind != Kind::integer ? 0 : id->integer;
}

}  // namespace

Result<std::vector<TrytonReader::Location>> TrytonReader::locations(std::int64_t from, std::stop_token stop) {
    Arena arena;
    const std::string params = "[[" + options_.locations + ",[\"id\",\">=\"," + std::to_string(from) + "]],0," +
                               std::to_string(most_locations) + ",[[\"id\",\"ASC\"]],[\"code\",\"name\"]," + context_ +
                               "]";
    const auto rows = rpc_.call("model.stock.location.search_read", params, arena, std::move(stop));
    if (!rows) return std::unexpected(rows.error());
    std::vector<Location> all;
    if (rows->kind != Kind::list) return all;
    for (const Value& row : rows->items()) {
        const Value* const id = http::find_in(row, {"id"});
        if (id == nullptr || id->kind != Kind::integer) continue;
        Location location{id->integer, std::string(http::text_in(row, {"code"})),
                          std::string(http::text_in(row, {"name"}))};
        if (location.code.empty()) location.code = location.name;
        all.push_back(std::move(location));
    }
    return all;
}

/// Location after location, until the page is full: the key begins with the location.
Result<api::Answer> TrytonReader::ask_by_location(const api::Question& question, const Feed::Limits& limits,
                                                  Arena& arena, std::stop_token stop) {
    const std::int64_t from = question.behind.empty() ? 0 : number(question.behind.front().text);
    const auto places = locations(from, stop);
    if (!places) return std::unexpected(places.error());
    api::Answer answer;
    for (const Location& location : *places) {
        api::Question here = question;
        here.rows = question.rows - answer.rows.size();
        std::vector<std::vector<std::string>> keys;
        for (const auto& key : question.keys)
            if (key.front() == std::to_string(location.id)) keys.emplace_back(key.begin() + 1, key.end());
        if (!question.keys.empty() && keys.empty()) continue;
        here.keys = keys;
        here.behind.clear();
        if (!question.behind.empty() && location.id == from)
            here.behind.assign(question.behind.begin() + 1, question.behind.end());
        if (auto read = ask_in(location, here, limits, arena, answer, stop); !read)
            return std::unexpected(read.error());
        if (answer.full || answer.rows.size() >= question.rows) {
            answer.full = true;
            break;
        }
    }
    return answer;
}

/// The quantities of the same rows once what is assigned has gone. A move between the two requests shows for one
/// comparison.
Result<void> TrytonReader::add_unassigned(const Location& location, Search search, const api::Answer& answer,
                                          std::size_t from, Arena& arena, std::stop_token stop) {
    const std::vector<std::string> fields{"id", "quantity"};
    std::vector<std::vector<std::string>> keys;
    for (const Value& row : std::span(answer.rows).subspan(from))
        if (row.kind == Kind::object) keys.push_back({std::to_string(id_of(row))});
    if (keys.empty()) return {};
    Context context = options_.context;
    context.location = location.id;
    context.assigned = true;
    const std::string json = context_json(context);
    const std::vector<std::string> key{"id"};
    search.fields = fields;
    search.context = json;
    search.key = key;
    search.behind = {};
    search.keys = keys;
    search.rows = keys.size();
    api::Answer quantities;
    const Feed::Limits room{.rows = keys.size() + 1, .bytes = SIZE_MAX / 2};
    if (auto read = rpc_.rows(definition().table, search_params(search), room, arena, quantities, std::move(stop));
        !read)
        return read;
    for (const Value& row : quantities.rows)
        if (const Value* const quantity = http::find_in(row, {"quantity"})) unassigned_[id_of(row)] = *quantity;
    return {};
}

Result<void> TrytonReader::ask_in(const Location& location, const api::Question& question, const Feed::Limits& limits,
                                  Arena& arena, api::Answer& answer, std::stop_token stop) {
    auto search = search_of(question, stop);
    if (!search) return std::unexpected(search.error());
    std::vector<std::string> fields = question.fields;
    std::erase_if(fields, is_own);
    Context context = options_.context;
    context.location = location.id;
    const std::string json = context_json(context);
    search->fields = fields;
    search->context = json;
    search->key = search->key.subspan(1);
    const std::size_t before = answer.rows.size();
    const Feed::Limits room{.rows = question.rows + 1, .bytes = limits.bytes};
    if (auto read = rpc_.rows(definition().table, search_params(*search), room, arena, answer, stop); !read)
        return read;
    unassigned_.clear();
    if (std::ranges::find(question.fields, "unassigned") != question.fields.end())
        if (auto added = add_unassigned(location, *search, answer, before, arena, std::move(stop)); !added)
            return added;
    const Value code = Value::text(arena.copy(location.code)), name = Value::text(arena.copy(location.name));
    for (std::size_t i = before; i < answer.rows.size(); ++i) {
        if (answer.rows[i].kind != Kind::object || answer.rows[i].object->shape == nullptr) continue;
        const Object& row = *answer.rows[i].object;
        if (located_from_ != row.shape->serial.value()) {
            auto shape = std::make_shared<Shape>();
            shape->names.assign(location_fields.begin(), location_fields.end());
            shape->names.insert(shape->names.end(), row.shape->names.begin(), row.shape->names.end());
            located_ = std::move(shape);
            located_from_ = row.shape->serial.value();
        }
        if (answer.shapes.empty() || answer.shapes.back() != located_) answer.shapes.push_back(located_);
        const auto values = arena.array<Value>(location_fields.size() + row.size());
        values[0] = Value::of(location.id);
        values[1] = code;
        values[2] = name;
        const auto unassigned = unassigned_.find(id_of(answer.rows[i]));
        values[3] = unassigned == unassigned_.end() ? Value::null() : unassigned->second;
        std::copy_n(row.values, row.size(), values.begin() + location_fields.size());
        answer.rows[i] = Value::of(arena.copy_of(Object{located_.get(), values.data()}));
    }
    return {};
}

}  // namespace tributary::tryton
