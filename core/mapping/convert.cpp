#include "core/mapping/convert.hpp"

#include <algorithm>

#include "core/model/key_text.hpp"
#include "core/model/times.hpp"
#include "core/model/utf8.hpp"

namespace tributary::mapping {
namespace {

constexpr std::string_view no_zone = "has no time zone: set time_zone of the source";
constexpr std::string_view no_such_year = "is outside the years 0001 to 9999";

template <typename T, typename Make>
Converted<> as_value(const Converted<T>& from, Make make) {
    if (!from) return std::unexpected(from.error());
    return make(*from);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view b) { return std::ranges::equal(a, b, {}, lower, lower); }

Converted<std::int64_t> checked_day(std::int64_t days) {
    if (!is_writable_day(days)) return std::unexpected(no_such_year);
    return days;
}

Converted<std::int64_t> checked_instant(std::int64_t micros) {
    if (!is_writable_instant(micros)) return std::unexpected(no_such_year);
    return micros;
}

Converted<std::int64_t> instant_of_wall(std::int64_t wall, const Conversion& with) {
    if (with.zone == nullptr) return std::unexpected(no_zone);
    if (!is_writable_instant(wall)) return std::unexpected(no_such_year);
    return checked_instant(with.zone->to_utc(wall));
}

Converted<std::int64_t> day_of_wall(std::int64_t wall) {
    // first of all: close to the ends of 64 bits there is no room to round down
    if (!is_writable_instant(wall)) return std::unexpected(no_such_year);
    return (wall >= 0 ? wall : wall - micros_per_day + 1) / micros_per_day;
}

/// The day on which it was by the wall clock of the zone.
Converted<std::int64_t> day_of_instant(std::int64_t micros, const Conversion& with) {
    if (with.zone == nullptr) return std::unexpected(no_zone);
    if (!is_writable_instant(micros)) return std::unexpected(no_such_year);
    return day_of_wall(with.zone->to_wall(micros));
}

/// Groups of three digits, as in 1.234.567: anything else is another format, and is not guessed at.
bool are_groups(std::string_view whole, std::string_view grouping) {
    if (whole.starts_with('-') || whole.starts_with('+')) whole.remove_prefix(1);
    bool first = true;
    for (std::size_t mark; (mark = whole.find_first_of(grouping)) != std::string_view::npos; first = false) {
        if (first ? mark < 1 || mark > 3 : mark != 3) return false;
        whole.remove_prefix(mark + 1);
    }
    return first || whole.size() == 3;
}

Converted<Decimal> decimal_in(std::string_view text, const NumberFormat& format, Arena& arena) {
    constexpr std::string_view other = "is not a number in the given format";
    const std::size_t point = std::min(text.find(format.point), text.size());
    if (!are_groups(text.substr(0, point), format.grouping)) return std::unexpected(other);
    auto plain = arena.array<char>(text.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i < point && format.grouping.find(text[i]) != std::string::npos) continue;
        // what is no digit must not turn into the point of a plain number
        if (i != point && text[i] == '.') return std::unexpected(other);
        plain[size++] = i == point ? '.' : text[i];
    }
    const auto read = parse_decimal({plain.data(), size});
    if (!read) return std::unexpected(other);
    return *read;
}

Converted<> read_decimal(const Value& value, const Reading& reading, const Conversion& with) {
    const bool formatted = reading.number && value.kind == Kind::text;
    const auto decimal = formatted ? decimal_in(value.view(), *reading.number, with.arena) : to_decimal(value, with);
    if (!decimal) return std::unexpected(decimal.error());
    return Value::decimal(decimal->text(with.arena));
}

Converted<> read_integer(const Value& value, const Reading& reading, const Conversion& with) {
    if (value.kind == Kind::integer) return value;
    const auto text = read_decimal(value, reading, with);
    if (!text) return text;
    const auto decimal = parse_decimal(text->view());
    if (!decimal->is_whole()) return std::unexpected("is not a whole number");
    const auto integer = decimal->integer();
    return integer ? Value::of(*integer) : *text;
}

Converted<> read_boolean(const Value& value, const Reading& reading, const Conversion& with) {
    if (value.kind == Kind::boolean) return value;
    const auto text = to_text(value, with);
    if (!text) return std::unexpected(text.error());
    if (!reading.yes.empty()) {
        if (same_word(*text, reading.yes)) return Value::of(true);
        if (same_word(*text, reading.no)) return Value::of(false);
        return std::unexpected("is neither of the words of its format");
    }
    for (const std::string_view yes : {"true", "t", "1"})
        if (same_word(*text, yes)) return Value::of(true);
    for (const std::string_view no : {"false", "f", "0"})
        if (same_word(*text, no)) return Value::of(false);
    return std::unexpected("is not a boolean; say how it is spelled, such as format: Y/N");
}

Converted<> read_formatted(const Value& value, const Reading& reading, const Conversion& with) {
    const auto text = to_text(value, with);
    if (!text) return std::unexpected(text.error());
    const auto read = reading.time->read(*text);
    if (!read) return std::unexpected("does not look like its format");
    if (reading.as == Reading::As::instant)
        return as_value(read->zoned ? checked_instant(read->micros) : instant_of_wall(read->micros, with),
                        Value::instant);
    const bool has_zone = read->zoned && read->has_clock;
    return as_value(has_zone ? day_of_instant(read->micros, with) : day_of_wall(read->micros), Value::date);
}

Converted<> read_date(const Value& value, const Conversion& with) {
    if (value.kind == Kind::naive) return as_value(day_of_wall(value.integer), Value::date);
    if (value.kind == Kind::instant) return as_value(day_of_instant(value.integer, with), Value::date);
    if (value.kind == Kind::text)
        if (const auto stamp = parse_timestamp(value.view()))
            return read_date(stamp->zoned ? Value::instant(stamp->micros) : Value::naive(stamp->micros), with);
    return as_value(to_day(value), Value::date);
}

}  // namespace

std::expected<NumberFormat, std::string> NumberFormat::compile(std::string_view sample) {
    NumberFormat format;
    std::string_view rest = sample;
    std::string marks;
    for (const char c : rest)
        if ((c < '0' || c > '9') && marks.find(c) == std::string::npos) marks.push_back(c);
    if (marks.empty() || marks.size() > 2 || marks.find_first_not_of(".,' ") != std::string::npos)
        return std::unexpected("expected a sample such as 1.234,56");
    format.point = marks.back();
    format.grouping = marks.substr(0, marks.size() - 1);
    return format;
}

Converted<> read_as(const Value& value, const Reading& reading, const Conversion& with) {
    if (value.is_null() || (value.has_text() && value.size == 0)) return Value::null();
    switch (reading.as) {
        case Reading::As::as_it_is:
            return value;
        case Reading::As::text:
            return as_value(to_text(value, with), Value::text);
        case Reading::As::integer:
            return read_integer(value, reading, with);
        case Reading::As::decimal:
            return read_decimal(value, reading, with);
        case Reading::As::boolean:
            return read_boolean(value, reading, with);
        case Reading::As::date:
            return reading.time && (value.kind == Kind::text || value.kind == Kind::integer)
                       ? read_formatted(value, reading, with)
                       : read_date(value, with);
        case Reading::As::instant:
            return reading.time && (value.kind == Kind::text || value.kind == Kind::integer)
                       ? read_formatted(value, reading, with)
                       : as_value(to_instant(value, with), Value::instant);
    }
    return value;
}

Converted<std::string_view> to_text(const Value& value, const Conversion& with) {
    if (value.kind == Kind::real) {
        const auto decimal = decimal_of(value.real, with.arena);
        if (!decimal) return std::unexpected("is not a finite number");
        return decimal->text(with.arena);
    }
    const auto converted = zoned(value, with);
    if (!converted) return std::unexpected(converted.error());
    const KeyText text = key_text(*converted, with.arena);
    switch (text.why) {
        case NoKey::none:
            return text.text;
        case NoKey::out_of_range:
            return std::unexpected(no_such_year);
        case NoKey::bad_text:
        case NoKey::nul:
            return std::unexpected(why_not_clean(converted->view()));
        default:
            return std::unexpected("is no single value but JSON, a list or an object");
    }
}

Converted<Decimal> to_decimal(const Value& value, const Conversion& with) {
    std::optional<Decimal> decimal;
    switch (value.kind) {
        case Kind::integer:
            decimal = parse_decimal(*to_text(value, with));
            break;
        case Kind::real:
            decimal = decimal_of(value.real, with.arena);
            break;
        case Kind::decimal:
        case Kind::text:
            decimal = parse_decimal(value.view());
            break;
        default:
            break;
    }
    if (!decimal) return std::unexpected("is not a decimal number");
    return *decimal;
}

Converted<std::int64_t> to_day(const Value& value) {
    if (value.kind == Kind::date) return checked_day(value.integer);
    if (value.kind == Kind::text)
        if (const auto day = parse_day(value.view())) return checked_day(*day);
    if (value.kind == Kind::instant || value.kind == Kind::naive)
        return std::unexpected("is a point in time, a day is expected; type: date takes its day");
    return std::unexpected("is not a day such as 2026-01-31");
}

Converted<std::int64_t> to_instant(const Value& value, const Conversion& with) {
    if (value.kind == Kind::instant) return checked_instant(value.integer);
    if (value.kind == Kind::naive) return instant_of_wall(value.integer, with);
    if (value.kind == Kind::text)
        if (const auto stamp = parse_timestamp(value.view()))
            return stamp->zoned ? checked_instant(stamp->micros) : instant_of_wall(stamp->micros, with);
    return std::unexpected("is not a point in time such as 2026-01-31T10:00:00Z");
}

Converted<> to_day_or_instant(const Value& value, const Conversion& with) {
    if (value.kind == Kind::date || (value.kind == Kind::text && parse_day(value.view())))
        return as_value(to_day(value), Value::date);
    const auto instant = to_instant(value, with);
    if (instant) return Value::instant(*instant);
    const bool readable = value.kind == Kind::text && !parse_timestamp(value.view());
    return std::unexpected(readable ? "is neither a day nor a point in time" : instant.error());
}

std::string_view trimmed(std::string_view text) {
    static constexpr std::string_view blanks = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

Converted<> zoned(const Value& value, const Conversion& with) {
    if (value.kind != Kind::naive) return value;
    return as_value(instant_of_wall(value.integer, with), Value::instant);
}

}  // namespace tributary::mapping
