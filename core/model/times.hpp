#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tributary {

constexpr std::int64_t micros_per_second = 1'000'000;
constexpr std::int64_t micros_per_day = 86'400 * micros_per_second;

/// Days and microseconds count from 1970-01-01, proleptic Gregorian. What leaves this program lies in the years 0001 to
/// 9999, the range of RFC 3339 and of every SQL date.
constexpr std::int64_t first_day = -719'162;
constexpr std::int64_t last_day = 2'932'896;

constexpr bool is_writable_day(std::int64_t days) { return days >= first_day && days <= last_day; }
constexpr bool is_writable_instant(std::int64_t micros) {
    return micros >= first_day * micros_per_day && micros < (last_day + 1) * micros_per_day;
}

struct CivilDay {
    int year = 1970;
    int month = 1;
    int day = 1;
};

/// Nothing when there is no such day (2026-02-30).
std::optional<std::int64_t> days_of(const CivilDay& civil);
CivilDay civil_of(std::int64_t days);

constexpr std::size_t day_size = 10;
constexpr std::size_t instant_size = 27;

/// `2026-01-31`. Returns the end. The day must be writable.
char* write_day(std::int64_t days, char* to);

/// RFC 3339 in UTC with exactly six decimals, the form keys are hashed in. The instant must be writable.
char* write_instant(std::int64_t micros, char* to);
/// The same without the fraction where it is zero, the form documents carry.
char* write_short_instant(std::int64_t micros, char* to);

/// `2026-01-31`, nothing else.
std::optional<std::int64_t> parse_day(std::string_view text);

struct Timestamp {
    std::int64_t micros = 0;  ///< UTC when `zoned`, else as the wall clock shows it.
    bool zoned = false;
};

/// ISO 8601 / RFC 3339 as databases and APIs spell it: `2026-01-31T10:00:00Z`, a blank for the T, seconds left out,
/// one to nine decimals (cut after six), `+02`, `+0200`, `+02:00`.
std::optional<Timestamp> parse_timestamp(std::string_view text);

/// Microseconds since midnight of `10:15`, `10:15:30`, `10:15:30.25`; advances `text` behind it.
std::optional<std::int64_t> take_clock(std::string_view& text);
/// Seconds east of UTC of `Z`, `+02`, `+0200`, `+02:00`; advances `text` behind it.
std::optional<std::int64_t> take_offset(std::string_view& text);
/// Exactly `digits` digits.
std::optional<int> take_number(std::string_view& text, std::size_t digits);
/// One to nine digits of a second's fraction, as microseconds (cut).
std::optional<std::int64_t> take_fraction(std::string_view& text);

}  // namespace tributary
