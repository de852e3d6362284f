#include "core/model/times.hpp"

#include <chrono>

namespace tributary {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

char* write_digits(std::int64_t value, int digits, char* to) {
    for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
    return to + digits;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_day(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    return days_of({*year, *month, *day});
}

char* write_seconds(std::int64_t micros, char* to) {
    const std::int64_t days = (micros >= 0 ? micros : micros - micros_per_day + 1) / micros_per_day;
    const std::int64_t seconds = (micros - days * micros_per_day) / micros_per_second;
    to = write_day(days, to);
    *to++ = 'T';
    to = write_digits(seconds / 3600, 2, to);
    *to++ = ':';
    to = write_digits(seconds / 60 % 60, 2, to);
    *to++ = ':';
    return write_digits(seconds % 60, 2, to);
}

std::int64_t fraction_of(std::int64_t micros) {
    const std::int64_t fraction = micros % micros_per_second;
    return fraction < 0 ? fraction + micros_per_second : fraction;
}

}  // namespace

std::optional<std::int64_t> days_of(const CivilDay& civil) {
    using namespace std::chrono;
    if (civil.month < 1 || civil.day < 1) return std::nullopt;
    const year_month_day ymd(year(civil.year), month(static_cast<unsigned>(civil.month)),
                             day(static_cast<unsigned>(civil.day)));
    if (!ymd.ok()) return std::nullopt;
    return sys_days(ymd).time_since_epoch().count();
}

CivilDay civil_of(std::int64_t days) {
    using namespace std::chrono;
    const year_month_day ymd{sys_days{std::chrono::days{days}}};
    return {int(ymd.year()), static_cast<int>(unsigned(ymd.month())), static_cast<int>(unsigned(ymd.day()))};
}

char* write_day(std::int64_t days, char* to) {
    const CivilDay civil = civil_of(days);
    to = write_digits(civil.year, 4, to);
    *to++ = '-';
    to = write_digits(civil.month, 2, to);
    *to++ = '-';
    return write_digits(civil.day, 2, to);
}

char* write_instant(std::int64_t micros, char* to) {
    to = write_seconds(micros, to);
    *to++ = '.';
    to = write_digits(fraction_of(micros), 6, to);
    *to++ = 'Z';
    return to;
}

char* write_short_instant(std::int64_t micros, char* to) {
    if (fraction_of(micros) != 0) return write_instant(micros, to);
    to = write_seconds(micros, to);
    *to++ = 'Z';
    return to;
}

std::optional<std::int64_t> parse_day(std::string_view text) {
    const auto days = take_day(text);
    return text.empty() ? days : std::nullopt;
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    const auto days = take_day(text);
    if (!days || !(take(text, 'T') || take(text, ' ') || take(text, 't'))) return std::nullopt;
    const auto clock = take_clock(text);
    if (!clock) return std::nullopt;
    const std::int64_t local = *days * micros_per_day + *clock;
    if (text.empty()) return Timestamp{local, false};
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return Timestamp{local - *offset * micros_per_second, true};
}

std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (!is_digit(text[i])) return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

std::optional<std::int64_t> take_fraction(std::string_view& text) {
    std::size_t size = 0;
    std::int64_t micros = 0;
    for (; size < text.size() && is_digit(text[size]); ++size)
        if (size < 6) micros = micros * 10 + (text[size] - '0');
    if (size == 0 || size > 9) return std::nullopt;
    for (std::size_t i = size; i < 6; ++i) micros *= 10;
    text.remove_prefix(size);
    return micros;
}

std::optional<std::int64_t> take_clock(std::string_view& text) {
    const auto hour = take_number(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    std::int64_t micros = (*hour * 60 + *minute) * 60 * micros_per_second;
    if (!take(text, ':')) return micros;
    const auto second = take_number(text, 2);
    if (!second || *second > 59) return std::nullopt;
    micros += *second * micros_per_second;
    if (!take(text, '.')) return micros;
    const auto fraction = take_fraction(text);
    return fraction ? std::optional(micros + *fraction) : std::nullopt;
}

std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return 0;
    const bool west = text.starts_with('-');
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23) return std::nullopt;
    const bool colon = take(text, ':');
    int minutes = 0;
    if (colon || (!text.empty() && is_digit(text[0]))) {
        const auto read = take_number(text, 2);
        if (!read || *read > 59) return std::nullopt;
        minutes = *read;
    }
    const std::int64_t seconds = (*hours * 60 + minutes) * 60;
    return west ? -seconds : seconds;
}

}  // namespace tributary
