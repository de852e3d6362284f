#include "connectors/tryton/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/kit/table/statement.hpp"
#include "core/model/json_number.hpp"
#include "core/model/times.hpp"

namespace tributary::tryton {
namespace {

/// More shapes than any models have are not remembered.
constexpr std::size_t most_plans = 10'000;

std::optional<int> number(const Value& object, std::string_view name) {
    const Value* const value = http::find_in(object, {name});
    const bool fits =
        value != nullptr && value->kind == Kind::integer && value->integer >= 0 && value->integer < 1'000'000;
    return fits ? std::optional(static_cast<int>(value->integer)) : std::nullopt;
}

std::optional<std::int64_t> day(const Value& object) {
    const auto year = number(object, "year"), month = number(object, "month"), of_month = number(object, "day");
    if (!year || !month || !of_month) return std::nullopt;
    return days_of({*year, *month, *of_month});
}

/// Microseconds since midnight.
std::optional<std::int64_t> clock(const Value& object) {
    const auto hour = number(object, "hour"), minute = number(object, "minute"), second = number(object, "second");
    const auto micros = number(object, "microsecond");
    if (!hour || !minute || !second || !micros || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return ((*hour * 60LL + *minute) * 60 + *second) * micros_per_second + *micros;
}

std::optional<Value> instant(const Value& object) {
    const auto days = day(object), micros = clock(object);
    if (!days || !micros) return std::nullopt;
    return Value::instant(*days * micros_per_day + *micros);
}

std::optional<Value> date(const Value& object) {
    const auto days = day(object);
    return days ? std::optional(Value::date(*days)) : std::nullopt;
}

std::optional<Value> time(const Value& object, Arena& arena) {
    const auto micros = clock(object);
    if (!micros) return std::nullopt;
    const std::int64_t seconds = *micros / micros_per_second;
    return Value::text(arena.copy(fmt::format("{:02}:{:02}:{:02}.{:06}", seconds / 3600, seconds / 60 % 60,
                                              seconds % 60, *micros % micros_per_second)));
}

/// Python writes small and large ones as `1E-7`, which is exact as well.
std::optional<Value> decimal(const Value& object, Arena& arena) {
    const Value* const text = http::find_in(object, {"decimal"});
    if (text == nullptr || text->kind != Kind::text) return std::nullopt;
    if (table::is_number_text(text->view())) return Value::decimal(text->view());
    return json_number(text->view(), arena);
}

std::optional<Value> bytes(const Value& object, Arena& arena) {
    const Value* const text = http::find_in(object, {"base64"});
    if (text == nullptr || text->kind != Kind::text) return std::nullopt;
    const auto decoded = decode_base64(text->view(), arena);
    return decoded ? std::optional(Value::bytes(*decoded)) : std::nullopt;
}

std::optional<Value> seconds(const Value& object) {
    const Value* const value = http::find_in(object, {"seconds"});
    return value == nullptr ? std::nullopt : std::optional(*value);
}

}  // namespace

Value Decoder::decode(const Value& value, Arena& arena) {
    if (value.kind == Kind::list) return decode_list(value, arena);
    if (value.kind == Kind::object) return decode_object(value, arena);
    return value;
}

Value Decoder::decode_list(const Value& value, Arena& arena) {
    const auto decoded = arena.array<Value>(value.size);
    for (std::size_t i = 0; i < value.size; ++i) decoded[i] = decode(value.elements[i], arena);
    return Value::list(decoded);
}

Value Decoder::decode_object(const Value& value, Arena& arena) {
    const Object& object = *value.object;
    if (object.size() == 0) return Value::of(arena.copy_of(object));
    Plan& plan = plan_of(*object.shape);
    if (plan.python) return decode_python(value, arena);
    if (std::exchange(plan.taken, batch_) != batch_) taken_.push_back(plan.shape);
    const auto values = arena.array<Value>(plan.from.size());
    for (std::size_t i = 0; i < plan.from.size(); ++i) values[i] = decode(object.values[plan.from[i]], arena);
    if (plan.write_date >= 0 && values[static_cast<std::size_t>(plan.write_date)].is_null())
        values[static_cast<std::size_t>(plan.write_date)] = values[static_cast<std::size_t>(plan.create_date)];
    return Value::of(arena.copy_of(Object{plan.shape.get(), values.data()}));
}

Value Decoder::decode_python(const Value& object, Arena& arena) {
    const std::string_view type = http::text_in(object, {"__class__"});
    std::optional<Value> value;
    if (type == "datetime")
        value = instant(object);
    else if (type == "date")
        value = date(object);
    else if (type == "Decimal")
        value = decimal(object, arena);
    else if (type == "time")
        value = time(object, arena);
    else if (type == "timedelta")
        value = seconds(object);
    else if (type == "bytes")
        value = bytes(object, arena);
    // kept as it came, so that whoever maps it finds no value of the kind it wants
    return value.value_or(object);
}

/// `party.` hides `party`, whose id it has as well.
Decoder::Plan& Decoder::plan_of(const Shape& shape) {
    const auto found = plans_.find(shape.serial.value());
    if (found != plans_.end()) return found->second;
    Plan& plan = plans_[shape.serial.value()];
    plan.python = shape.find("__class__") >= 0;
    auto own = std::make_shared<Shape>();
    for (std::size_t i = 0; i < shape.names.size(); ++i) {
        std::string name = shape.names[i];
        if (shape.find(name + ".") >= 0) continue;
        if (name.size() > 1 && name.ends_with('.')) name.pop_back();
        own->names.push_back(std::move(name));
        plan.from.push_back(static_cast<int>(i));
    }
    plan.create_date = own->find("create_date");
    if (plan.create_date >= 0) plan.write_date = own->find("write_date");
    plan.shape = std::move(own);
    return plan;
}

std::vector<std::shared_ptr<const Shape>> Decoder::take_shapes() {
    ++batch_;
    if (plans_.size() > most_plans) plans_.clear();
    return std::exchange(taken_, {});
}

}  // namespace tributary::tryton
