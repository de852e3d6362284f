// Rows that are read once for each stock location: Tryton computes a product's quantity in the locations that the
// context names (trytond_stock, product.py, get_quantity), none of them in the rows' own fields.
#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "connectors/tryton/reader.hpp"
#include "core/model/time.hpp"
#include "core/model/times.hpp"

namespace tributary::tryton {
namespace {

constexpr std::size_t most_locations = 10'000;
constexpr std::array<std::string_view, 3> own_fields{"location", "location_code", "location_name"};

bool is_own(const std::string& field) { return std::ranges::find(own_fields, field) != own_fields.end(); }

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string text_or_empty(const Value* value) {
    return value != nullptr && value->kind == Kind::text ? std::string(value->view()) : std::string();
}

}  // namespace

std::int64_t TrytonReader::today(std::int64_t now) {
    if (!zone_ && !definition().time_zone.empty())
        if (auto zone = table::LocalTime::of(definition().time_zone)) zone_ = std::move(*zone);
    return (zone_ ? zone_->earliest_from(now) : now) / micros_per_day;
}

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
        if (row.kind != Kind::object) continue;
        const auto member = [&](std::string_view name) {
            const int place = row.object->shape->find(name);
            return place < 0 ? nullptr : row.object->values + place;
        };
        const Value* const id = member("id");
        if (id == nullptr || id->kind != Kind::integer) continue;
        Location location{id->integer, text_or_empty(member("code")), text_or_empty(member("name"))};
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
        std::erase_if(here.fields, is_own);
        if (auto read = ask_in(location, here, limits, arena, answer, stop); !read)
            return std::unexpected(read.error());
        if (answer.full || answer.rows.size() >= question.rows) {
            answer.full = true;
            break;
        }
    }
    return answer;
}

Result<void> TrytonReader::ask_in(const Location& location, const api::Question& question, const Feed::Limits& limits,
                                  Arena& arena, api::Answer& answer, std::stop_token stop) {
    auto search = search_of(question, stop);
    if (!search) return std::unexpected(search.error());
    Context context = options_.context;
    context.location = location.id;
    context.day = today(clock().read().value_or(wall_clock_now()));
    const std::string json = context_json(context);
    search->context = json;
    search->key = search->key.subspan(1);
    const std::size_t before = answer.rows.size();
    const Feed::Limits room{.rows = question.rows + 1, .bytes = limits.bytes};
    if (auto read = rpc_.rows(definition().table, search_params(*search), room, arena, answer, std::move(stop)); !read)
        return read;
    const Value code = Value::text(arena.copy(location.code)), name = Value::text(arena.copy(location.name));
    for (std::size_t i = before; i < answer.rows.size(); ++i) {
        if (answer.rows[i].kind != Kind::object || answer.rows[i].object->shape == nullptr) continue;
        const Object& row = *answer.rows[i].object;
        if (located_from_ != row.shape->serial.value()) {
            auto shape = std::make_shared<Shape>();
            shape->names.assign(own_fields.begin(), own_fields.end());
            shape->names.insert(shape->names.end(), row.shape->names.begin(), row.shape->names.end());
            located_ = std::move(shape);
            located_from_ = row.shape->serial.value();
        }
        if (answer.shapes.empty() || answer.shapes.back() != located_) answer.shapes.push_back(located_);
        const auto values = arena.array<Value>(own_fields.size() + row.size());
        values[0] = Value::of(location.id);
        values[1] = code;
        values[2] = name;
        std::copy_n(row.values, row.size(), values.begin() + own_fields.size());
        answer.rows[i] = Value::of(arena.copy_of(Object{located_.get(), values.data()}));
    }
    return {};
}

}  // namespace tributary::tryton
