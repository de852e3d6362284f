#include "connectors/odata/rows.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/walk/mark.hpp"
#include "core/model/decimal.hpp"
#include "core/model/json_number.hpp"
#include "core/model/times.hpp"

namespace tributary::odata {
namespace {

constexpr std::size_t most_plans = 10'000;
constexpr std::int64_t year_two = (first_day + 365) * micros_per_day;

/// `/Date(1148601600000)/` and `/Date(1130168212000+0060)/`, of which the offset (minutes) says how far the clock shown
/// is ahead of UTC (MC-FORMATS of OData 2.0, "JSON Format"). Microseconds as shown; the offset where there is one.
struct TickDate {
    std::int64_t micros = 0;
    std::optional<std::int64_t> offset = {};
};
std::optional<TickDate> tick_date(std::string_view text) {
    constexpr std::string_view open = "/Date(", shut = ")/";
    if (!text.starts_with(open) || !text.ends_with(shut)) return std::nullopt;
    text = text.substr(open.size(), text.size() - open.size() - shut.size());
    std::int64_t millis = 0;
    const auto [behind, error] = std::from_chars(text.data(), text.data() + text.size(), millis);
    constexpr std::int64_t most = (last_day + 1) * (micros_per_day / 1'000);
    if (error != std::errc() || millis > most || millis < -most) return std::nullopt;
    TickDate date{.micros = millis * 1'000};
    std::string_view rest(behind, static_cast<std::size_t>(text.data() + text.size() - behind));
    if (rest.empty()) return date;
    if (rest.starts_with('+')) rest.remove_prefix(1);
    std::int64_t minutes = 0;
    const auto [end, wrong] = std::from_chars(rest.data(), rest.data() + rest.size(), minutes);
    if (wrong != std::errc() || end != rest.data() + rest.size() || minutes > 1'440 || minutes < -1'440)
        return std::nullopt;
    date.offset = minutes * 60 * micros_per_second;
    return date;
}

std::optional<TickDate> any_date(std::string_view text) {
    if (const auto ticks = tick_date(text)) return ticks;
    if (const auto day = parse_day(text)) return TickDate{*day * micros_per_day};
    if (const auto stamp = parse_timestamp(text))
        return TickDate{stamp->micros, stamp->zoned ? std::optional<std::int64_t>(0) : std::nullopt};
    return std::nullopt;
}

std::int64_t day_of(std::int64_t micros) { return micros / micros_per_day - (micros % micros_per_day < 0 ? 1 : 0); }

/// The year 1 is how systems without nulls write "no date".
Value date_value(std::string_view text, const Value& as_it_came, Edm edm, bool in_key, Arena& arena) {
    const auto date = any_date(text);
    if (!date) return as_it_came;
    if (date->micros < year_two && !in_key) return Value::null();
    if (edm == Edm::date) return Value::date(day_of(date->micros));
    if (edm == Edm::instant) return Value::instant(date->micros - date->offset.value_or(0));
    const Value shown = Value::naive(date->micros - date->offset.value_or(0));
    return in_key ? Value::text(arena.copy(walk::mark_of(shown).text)) : shown;
}

Value guid_value(std::string_view text, const Value& as_it_came, bool in_key) {
    if (text.size() != 36) return as_it_came;
    const bool zero = text.find_first_not_of("0-") == std::string_view::npos;
    return zero && !in_key ? Value::null() : Value::uuid(text);
}

/// `PT22H49M21S` as `22:49:21`; what has it as a clock already, stays.
Value clock_value(std::string_view text, const Value& as_it_came, Arena& arena) {
    if (!text.starts_with("PT")) return as_it_came;
    text.remove_prefix(2);
    std::string clock;
    for (const char unit : {'H', 'M', 'S'}) {
        const std::size_t end = text.find(unit);
        const std::string_view digits = end == std::string_view::npos ? "0" : text.substr(0, end);
        if (digits.empty() || digits.find_first_not_of("0123456789.") != std::string_view::npos) return as_it_came;
        const std::size_t whole = std::min(digits.find('.'), digits.size());
        clock += clock.empty() ? "" : ":";
        clock.append(whole < 2 ? 2 - whole : 0, '0').append(digits);
        if (end != std::string_view::npos) text.remove_prefix(end + 1);
    }
    return text.empty() ? Value::text(arena.copy(clock)) : as_it_came;
}

Value number_value(std::string_view text, const Value& as_it_came, Edm edm, Arena& arena) {
    if (edm == Edm::decimal && parse_decimal(text)) return Value::decimal(text);
    const auto number = json_number(text, arena);
    return number && (edm == Edm::decimal || number->kind == Kind::integer) ? *number : as_it_came;
}

std::string_view without_blanks_behind(std::string_view text) { return text.substr(0, text.find_last_not_of(' ') + 1); }

}  // namespace

std::vector<std::string> rows_pointer(Version version) {
    if (version == Version::v2) return {"d", "results"};
    return {"value"};
}

std::string_view next_link(const Value& around) {
    for (const char* const name : {"@odata.nextLink", "odata.nextLink", "@nextLink", "__next"})
        if (const auto link = http::text_in(around, {name}); !link.empty()) return link;
    return http::text_in(around, {"d", "__next"});
}

Value read_value(const Value& json, const Property& property, const Model& model, bool in_key, Arena& arena) {
    if (!json.has_text()) return json;
    const std::string_view text = json.view();
    switch (property.edm) {
        case Edm::text:
            return model.blank_padded && !in_key ? Value::text(without_blanks_behind(text)) : json;
        case Edm::integer:
        case Edm::decimal:
            return json.kind == Kind::text ? number_value(text, json, property.edm, arena) : json;
        case Edm::guid:
            return guid_value(text, json, in_key);
        case Edm::date:
        case Edm::moment:
        case Edm::instant:
            return date_value(text, json, property.edm, in_key, arena);
        case Edm::clock:
            return clock_value(text, json, arena);
        default:
            return json;
    }
}

RowReader::RowReader(std::shared_ptr<const Model> model, const Type& type, std::vector<std::string> names,
                     std::span<const std::string> key)
    : model_(std::move(model)),
      type_(type),
      key_(key.begin(), key.end()),
      shape_(std::make_shared<const Shape>(Shape{std::move(names)})) {}

RowReader::Plan RowReader::plan_of(const Shape& row, const Type& type, std::span<const std::string> names,
                                   std::span<const std::string> key) const {
    Plan plan;
    for (const std::string& name : names) {
        Slot slot{.at = row.find(name),
                  .property = type.property(name),
                  .navigation = type.navigation(name),
                  .in_key = std::ranges::find(key, name) != key.end()};
        for (const char* const suffix : {"@odata.nextLink", "@nextLink"})
            if (slot.link < 0) slot.link = row.find(name + suffix);
        plan.push_back(slot);
    }
    return plan;
}

Value RowReader::read(const Value& row, Arena& arena, std::vector<CutList>& cut) {
    if (plans_.size() + nested_plans_.size() > most_plans) {
        plans_.clear();
        nested_plans_.clear();
    }
    const Shape& shape = *row.object->shape;
    auto plan = plans_.find(shape.serial.value());
    if (plan == plans_.end())
        plan = plans_.emplace(shape.serial.value(), plan_of(shape, type_, shape_->names, key_)).first;
    const auto values = arena.array<Value>(shape_->names.size());
    for (std::size_t i = 0; i < values.size(); ++i) read_slot(*row.object, plan->second[i], values[i], arena, cut);
    return Value::of(arena.copy_of(Object{shape_.get(), values.data()}));
}

void RowReader::read_slot(const Object& row, const Slot& slot, Value& to, Arena& arena, std::vector<CutList>& cut) {
    if (slot.at < 0 || row.values == nullptr) return;
    const Value& json = row.values[slot.at];
    if (slot.property != nullptr) {
        to = read_property(json, *slot.property, slot.in_key, arena, cut);
        return;
    }
    if (slot.navigation == nullptr) {
        to = json;
        return;
    }
    const Type* const type = model_->find(slot.navigation->target);
    const Value* const results = http::find_in(json, {"results"});
    const Value& items = results != nullptr && results->kind == Kind::list ? *results : json;
    if (items.kind != Kind::list) {
        to = http::find_in(json, {"__deferred"}) != nullptr ? Value::null() : read_object(json, type, arena, cut);
        return;
    }
    to = read_objects(items.items(), type, arena, cut);
    std::string_view link = slot.link < 0 ? std::string_view() : http::text_in(row.values[slot.link], {});
    if (results != nullptr) link = next_link(json);
    if (!link.empty()) cut.push_back({&to, type, std::string(link)});
}

Value RowReader::read_property(const Value& json, const Property& property, bool in_key, Arena& arena,
                               std::vector<CutList>& cut) {
    const Type* const type = property.edm == Edm::nested ? model_->find(property.type) : nullptr;
    if (!property.many)
        return type != nullptr ? read_object(json, type, arena, cut)
                               : read_value(json, property, *model_, in_key, arena);
    const Value* const results = http::find_in(json, {"results"});
    const Value& items = results != nullptr ? *results : json;
    if (items.kind != Kind::list) return items;
    if (type != nullptr) return read_objects(items.items(), type, arena, cut);
    const auto values = arena.array<Value>(items.size);
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = read_value(items.elements[i], property, *model_, in_key, arena);
    return Value::list(values);
}

Value RowReader::read_objects(std::span<const Value> items, const Type* type, Arena& arena, std::vector<CutList>& cut) {
    const auto values = arena.array<Value>(items.size());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = read_object(items[i], type, arena, cut);
    return Value::list(values);
}

Value RowReader::read_object(const Value& json, const Type* type, Arena& arena, std::vector<CutList>& cut) {
    if (json.kind != Kind::object || type == nullptr) return json;
    const Shape& shape = *json.object->shape;
    const std::pair key{shape.serial.value(), type};
    auto plan = nested_plans_.find(key);
    if (plan == nested_plans_.end()) plan = nested_plans_.emplace(key, plan_of(shape, *type, shape.names, {})).first;
    const Plan& slots = plan->second;
    const auto values = arena.array<Value>(slots.size());
    for (std::size_t i = 0; i < slots.size(); ++i) read_slot(*json.object, slots[i], values[i], arena, cut);
    return Value::of(arena.copy_of(Object{&shape, values.data()}));
}

void RowReader::append(const CutList& list, std::span<const Value> rest, Arena& arena, std::vector<CutList>& cut) {
    const auto had = list.list->items();
    const auto whole = arena.array<Value>(had.size() + rest.size());
    std::ranges::copy(had, whole.begin());
    for (std::size_t i = 0; i < rest.size(); ++i) whole[had.size() + i] = read_object(rest[i], list.type, arena, cut);
    *list.list = Value::list(whole);
}

}  // namespace tributary::odata
