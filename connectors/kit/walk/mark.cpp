#include "connectors/kit/walk/mark.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstring>

#include "core/settings/utf8.hpp"

namespace tributary::walk {
namespace {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;
constexpr std::int64_t days_per_cycle = 146'097;  ///< 400 Gregorian years, after which the calendar repeats.

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

char* put_digits(char* to, std::int64_t value, int width) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    for (auto length = end - digits; length < width; ++length) *to++ = '0';
    std::memcpy(to, digits, static_cast<std::size_t>(end - digits));
    return to + (end - digits);
}

/// std::chrono's years end at 32767, a database's do not: the date is moved into the first cycle and the year back.
char* put_date(char* to, std::int64_t days, bool& before_christ) {
    const std::int64_t cycle = floor_div(days, days_per_cycle);
    const std::chrono::year_month_day day{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(days - cycle * days_per_cycle)}}};
    const std::int64_t year = static_cast<int>(day.year()) + 400 * cycle;
    before_christ = year < 1;
    to = put_digits(to, before_christ ? 1 - year : year, 4);
    *to++ = '-';
    to = put_digits(to, static_cast<unsigned>(day.month()), 2);
    *to++ = '-';
    return put_digits(to, static_cast<unsigned>(day.day()), 2);
}

char* put_time(char* to, std::int64_t micros_of_day) {
    const std::int64_t seconds = micros_of_day / micros_per_second;
    *to++ = 'T';
    to = put_digits(to, seconds / 3600, 2);
    *to++ = ':';
    to = put_digits(to, seconds / 60 % 60, 2);
    *to++ = ':';
    to = put_digits(to, seconds % 60, 2);
    *to++ = '.';
    return put_digits(to, micros_of_day % micros_per_second, 6);
}

char* put_era(char* to, bool before_christ) {
    if (!before_christ) return to;
    return std::ranges::copy(std::string_view(" BC"), to).out;
}

char* put_moment(char* to, std::int64_t micros, bool zoned) {
    const std::int64_t days = floor_div(micros, micros_per_day);
    bool before_christ = false;
    to = put_time(put_date(to, days, before_christ), micros - days * micros_per_day);
    if (zoned) *to++ = 'Z';
    return put_era(to, before_christ);
}

char* put_day(char* to, std::int64_t days) {
    bool before_christ = false;
    to = put_date(to, days, before_christ);
    return put_era(to, before_christ);
}

}  // namespace

std::string hex_of(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes.size() * 2);
    for (const unsigned char byte : bytes) {
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
    }
    return hex;
}

std::size_t write_scalar(const Value& value, char* to) {
    char* const end = to + most_scalar_text;
    switch (value.kind) {
        case Kind::boolean: {
            const std::string_view word = value.boolean ? "true" : "false";
            std::memcpy(to, word.data(), word.size());
            return word.size();
        }
        case Kind::integer:
            return static_cast<std::size_t>(std::to_chars(to, end, value.integer).ptr - to);
        case Kind::real:
            return static_cast<std::size_t>(std::to_chars(to, end, value.real).ptr - to);
        case Kind::date:
            return static_cast<std::size_t>(put_day(to, value.integer) - to);
        case Kind::instant:
            return static_cast<std::size_t>(put_moment(to, value.integer, true) - to);
        case Kind::naive:
            return static_cast<std::size_t>(put_moment(to, value.integer, false) - to);
        default:
            return 0;
    }
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

Mark mark_of(const Value& value) {
    if (value.kind == Kind::list || value.kind == Kind::object || value.kind == Kind::unchanged) return {};
    if (value.kind == Kind::bytes) return {value.kind, hex_of(value.view())};
    if (value.has_text()) return {value.kind, std::string(value.view())};
    char text[most_scalar_text];
    return {value.kind, std::string(text, write_scalar(value, text))};
}

std::vector<Mark> marks_of(std::span<const Value> values) {
    std::vector<Mark> marks;
    marks.reserve(values.size());
    for (const Value& value : values) marks.push_back(mark_of(value));
    return marks;
}

}  // namespace tributary::walk
