#include "connectors/mariadb/decode.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>

namespace tributary::mariadb {
namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;
constexpr std::string_view zero_date = "0000-00-00";
constexpr std::size_t day_length = 10;
constexpr std::size_t second_length = 19;
constexpr std::size_t most_fraction = 6;

template <typename Number>
bool parse(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

Value integer_value(std::string_view text, bool& good) {
    std::int64_t number = 0;
    good = good && parse(text, number);
    return Value::of(number);
}

Value unsigned_value(std::uint64_t number, Arena& arena) {
    if (number <= static_cast<std::uint64_t>(INT64_MAX)) return Value::of(static_cast<std::int64_t>(number));
    constexpr std::size_t digits = 20;
    char* const start = arena.allocate(digits);
    const auto size = static_cast<std::size_t>(std::to_chars(start, start + digits, number).ptr - start);
    return Value::decimal({start, size});
}

Value unsigned_value(std::string_view text, Arena& arena, bool& good) {
    std::uint64_t number = 0;
    good = good && parse(text, number);
    return unsigned_value(number, arena);
}

Value boolean_value(std::string_view text, bool& good) {
    const Value number = integer_value(text, good);
    return number.integer == 0 || number.integer == 1 ? Value::of(number.integer == 1) : number;
}

/// Big-endian bytes, as many as its bits need.
Value bits_value(std::string_view bytes, bool single, Arena& arena, bool& good) {
    if (bytes.size() > sizeof(std::uint64_t)) return good = false, Value::null();
    std::uint64_t number = 0;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    return single ? Value::of(number != 0) : unsigned_value(number, arena);
}

Value real_value(std::string_view text, bool& good) {
    double number = 0;
    good = good && parse(text, number);
    return Value::of_real(number);
}

/// The shortest text that reads back as the same float, as a double: 0.1 stays 0.1.
Value float4_value(std::string_view text, bool& good) {
    const auto number = static_cast<float>(real_value(text, good).real);
    char shortest[32];
    const auto end = std::to_chars(shortest, shortest + sizeof shortest, number).ptr;
    return real_value({shortest, static_cast<std::size_t>(end - shortest)}, good);
}

bool digits_at(std::string_view text, std::size_t at, std::size_t count, unsigned& number) {
    number = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        const unsigned digit = static_cast<unsigned char>(text[i]) - unsigned{'0'};
        if (digit > 9) return false;
        number = number * 10 + digit;
    }
    return true;
}

/// Nothing is not a failure of the text: the server keeps dates that are none.
bool read_day(std::string_view text, std::int64_t& days, bool& good) {
    unsigned year = 0, month = 0, day = 0;
    good = good && text.size() >= day_length && text[4] == '-' && text[7] == '-' && digits_at(text, 0, 4, year) &&
           digits_at(text, 5, 2, month) && digits_at(text, 8, 2, day);
    if (!good || year == 0) return false;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                           std::chrono::day(day)};
    days = date.ok() ? std::chrono::sys_days(date).time_since_epoch().count() : 0;
    return date.ok();
}

bool read_fraction(std::string_view digits, std::int64_t& micros) {
    if (digits.empty()) return true;
    unsigned fraction = 0;
    if (digits.front() != '.' || digits.size() > most_fraction + 1 ||
        !digits_at(digits, 1, digits.size() - 1, fraction))
        return false;
    for (std::size_t i = digits.size() - 1; i < most_fraction; ++i) fraction *= 10;
    micros += fraction;
    return true;
}

bool read_time(std::string_view text, std::int64_t& micros) {
    unsigned hour = 0, minute = 0, second = 0;
    if (text.size() < second_length || text[13] != ':' || text[16] != ':' || !digits_at(text, 11, 2, hour) ||
        !digits_at(text, 14, 2, minute) || !digits_at(text, 17, 2, second))
        return false;
    micros = (std::int64_t{hour} * 3'600 + minute * 60 + second) * micros_per_second;
    return read_fraction(text.substr(second_length), micros);
}

Value no_date(std::string_view text, bool in_key, Arena& arena) {
    return !in_key && text.starts_with(zero_date) ? Value::null() : Value::text(arena.copy(text));
}

Value date_value(std::string_view text, bool in_key, Arena& arena, bool& good) {
    std::int64_t days = 0;
    if (!read_day(text, days, good)) return no_date(text, in_key, arena);
    good = text.size() == day_length;
    return Value::date(days);
}

Value moment_value(std::string_view text, bool zoned, bool in_key, Arena& arena, bool& good) {
    std::int64_t days = 0, micros = 0;
    if (!read_day(text, days, good)) return no_date(text, in_key, arena);
    good = read_time(text, micros);
    micros += days * micros_per_day;
    return zoned ? Value::instant(micros) : Value::naive(micros);
}

}  // namespace

Value decode(Form form, std::string_view text, bool in_key, Arena& arena, bool& good) {
    switch (form) {
        case Form::boolean:
            return boolean_value(text, good);
        case Form::bit:
        case Form::bits:
            return bits_value(text, form == Form::bit, arena, good);
        case Form::integer:
            return integer_value(text, good);
        case Form::unsigned_integer:
            return unsigned_value(text, arena, good);
        case Form::decimal:
            return Value::decimal(arena.copy(text));
        case Form::float4:
            return float4_value(text, good);
        case Form::float8:
            return real_value(text, good);
        case Form::date:
            return date_value(text, in_key, arena, good);
        case Form::timestamp:
        case Form::datetime:
            return moment_value(text, form == Form::timestamp, in_key, arena, good);
        case Form::uuid:
            return Value::uuid(arena.copy(text));
        case Form::json:
            return Value::json(arena.copy(text));
        case Form::bytes:
            return Value::bytes(arena.copy(text));
        case Form::member:
        case Form::text:
            return Value::text(arena.copy(text));
        case Form::unsupported:
            break;
    }
    return good = false, Value::null();
}

}  // namespace tributary::mariadb
