#include "core/mapping/time_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/model/times.hpp"

namespace tributary::mapping {
namespace {

constexpr std::string_view letters = "YmdyHMSIpfzbsQ";
constexpr std::string_view numbers = "YmdyHMSI";
constexpr std::array<std::string_view, 12> months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool take_word(std::string_view& text, std::string_view word) {
    if (text.size() < word.size()) return false;
    if (!std::ranges::equal(text.substr(0, word.size()), word, {}, lower)) return false;
    text.remove_prefix(word.size());
    return true;
}

std::optional<int> take_short_number(std::string_view& text, bool fixed_width) {
    const bool two = fixed_width || (text.size() > 1 && is_digit(text[1]));
    return take_number(text, two ? 2 : 1);
}

/// Signed number at the start of `text`, with room to add a fraction of a second.
std::optional<std::int64_t> take_epoch(std::string_view& text, std::int64_t unit_micros) {
    const std::int64_t most = INT64_MAX / unit_micros / 2;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value > most || value < -most) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value * unit_micros;
}

}  // namespace

struct TimeFormat::Parts {
    CivilDay day;
    int hour = 0;
    std::optional<bool> afternoon;
    std::int64_t minute = 0;
    std::int64_t second = 0;
    std::int64_t fraction = 0;
    std::optional<std::int64_t> offset;
    std::optional<std::int64_t> epoch;

    bool is_time_of_day() const { return hour < 24 && minute < 60 && second < 60; }
    std::int64_t clock() const {
        const int shown = afternoon ? hour % 12 + (*afternoon ? 12 : 0) : hour;
        return ((shown * 60 + minute) * 60 + second) * micros_per_second + fraction;
    }
};

std::expected<TimeFormat, std::string> TimeFormat::compile(std::string_view format) {
    TimeFormat result;
    bool year = false, month = false, day = false, epoch = false;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            result.tokens_.push_back({format[i] == ' ' ? ' ' : '\0', format[i]});
            continue;
        }
        const char letter = ++i < format.size() ? format[i] : '\0';
        if (letter == '%') {
            result.tokens_.push_back({'\0', '%'});
            continue;
        }
        if (letter == '\0' || letters.find(letter) == std::string_view::npos)
            return std::unexpected(
                "unknown letter after '%', expected one of %Y %m %d %y %H %M %S %I %p %f %z %b %s %Q");
        year |= letter == 'Y' || letter == 'y';
        month |= letter == 'm' || letter == 'b';
        day |= letter == 'd';
        epoch |= letter == 's' || letter == 'Q';
        result.has_zone_ |= letter == 'z' || letter == 's' || letter == 'Q';
        result.has_clock_ |= letter == 'H' || letter == 'I' || letter == 's' || letter == 'Q';
        const bool next_is_number =
            i + 2 < format.size() && format[i + 1] == '%' && numbers.find(format[i + 2]) != std::string_view::npos;
        result.tokens_.push_back(
            {letter, '\0', next_is_number || (!result.tokens_.empty() && result.tokens_.back().fixed_width)});
    }
    result.has_day_ = epoch || (year && month && day);
    return result;
}

bool TimeFormat::take_part(char letter, bool fixed_width, std::string_view& text, Parts& parts) {
    const auto number = [&](auto& to, std::optional<int> read) {
        if (read) to = *read;
        return read.has_value();
    };
    switch (letter) {
        case 'Y':
            return number(parts.day.year, take_number(text, 4));
        case 'y': {
            const auto read = take_number(text, 2);
            return number(parts.day.year, read ? std::optional(*read + (*read >= 69 ? 1900 : 2000)) : std::nullopt);
        }
        case 'm':
            return number(parts.day.month, take_short_number(text, fixed_width));
        case 'd':
            return number(parts.day.day, take_short_number(text, fixed_width));
        case 'H':
            return number(parts.hour, take_short_number(text, fixed_width));
        case 'I':
            return number(parts.hour, take_short_number(text, fixed_width)) && parts.hour >= 1 && parts.hour <= 12;
        case 'M':
            return number(parts.minute, take_short_number(text, fixed_width));
        default:
            return number(parts.second, take_short_number(text, fixed_width));
    }
}

bool TimeFormat::take(const Token& token, std::string_view& text, Parts& parts) {
    const auto optional = [&](auto& to, std::optional<std::int64_t> read) {
        if (read) to = *read;
        return read.has_value();
    };
    switch (token.letter) {
        case '\0':
            if (!text.starts_with(token.literal)) return false;
            text.remove_prefix(1);
            return true;
        case ' ':
            text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
            return true;
        case 'p':
            parts.afternoon = take_word(text, "pm");
            return *parts.afternoon || take_word(text, "am");
        case 'f':
            return optional(parts.fraction, take_fraction(text));
        case 'z':
            return optional(parts.offset, take_offset(text));
        case 's':
            return optional(parts.epoch, take_epoch(text, micros_per_second));
        case 'Q':
            return optional(parts.epoch, take_epoch(text, 1000));
        case 'b':
            for (std::size_t i = 0; i < months.size(); ++i)
                if (take_word(text, months[i])) {
                    parts.day.month = static_cast<int>(i) + 1;
                    return true;
                }
            return false;
        default:
            return take_part(token.letter, token.fixed_width, text, parts);
    }
}

std::optional<TimeFormat::Reading> TimeFormat::read(std::string_view text) const {
    Parts parts;
    for (const Token& token : tokens_)
        if (!take(token, text, parts)) return std::nullopt;
    if (!text.empty() || !parts.is_time_of_day()) return std::nullopt;
    if (parts.epoch) return Reading{*parts.epoch + parts.fraction, true, true};
    const auto days = days_of(parts.day);
    if (!days) return std::nullopt;
    const std::int64_t wall = *days * micros_per_day + parts.clock();
    return Reading{wall - parts.offset.value_or(0) * micros_per_second, parts.offset.has_value(), has_clock_};
}

}  // namespace tributary::mapping
