#include "connectors/sqlite/stamp.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

#include "core/connector/connector.hpp"

namespace tributary::sqlite {
namespace {

constexpr std::size_t day_length = 10;
constexpr std::size_t second_length = 19;
/// No zone shows an earlier wall clock than one twelve hours behind UTC.
constexpr std::int64_t farthest_west = 12 * 3'600'000'000LL;
constexpr double julian_day_of_1970 = 2'440'587.5;
constexpr double micros_per_day = 86'400e6;

bool digits_at(std::string_view text, std::size_t at, std::size_t count, int& number) {
    if (text.size() < at + count) return false;
    for (std::size_t i = at; i < at + count; ++i)
        if (text[i] < '0' || text[i] > '9') return false;
    std::from_chars(text.data() + at, text.data() + at + count, number);
    return true;
}

std::optional<std::int64_t> day_of(std::string_view text) {
    int year = 0, month = 0, day = 0;
    if (!digits_at(text, 0, 4, year) || !digits_at(text, 5, 2, month) || !digits_at(text, 8, 2, day)) return {};
    if (text[4] != '-' || text[7] != '-') return {};
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return {};
    return std::chrono::sys_days(date).time_since_epoch().count();
}

std::int64_t fraction_of(std::string_view text) {
    std::int64_t micros = 0;
    if (text.size() <= second_length || text[second_length] != '.') return 0;
    std::int64_t unit = 100'000;
    for (std::size_t i = second_length + 1; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, unit /= 10)
        micros += (text[i] - '0') * unit;
    return micros;
}

/// How far the zone at the end of the text is east of UTC: `Z`, `+01:00`, `+0100`, `+01`. Nothing: it names none.
std::optional<std::int64_t> offset_of(std::string_view text) {
    if (text.back() == 'Z' || text.back() == 'z') return 0;
    const std::size_t at = text.find_first_of("+-", day_length);
    if (at == std::string_view::npos) return {};
    int hours = 0, minutes = 0;
    if (!digits_at(text, at + 1, 2, hours)) return {};
    digits_at(text, at + (text.size() > at + 3 && text[at + 3] == ':' ? 4 : 3), 2, minutes);
    const std::int64_t seconds = hours * 3'600 + minutes * 60;
    return (text[at] == '-' ? -seconds : seconds) * 1'000'000;
}

/// As if it were UTC.
std::optional<std::int64_t> wall_clock(std::string_view text) {
    const auto day = day_of(text);
    if (!day) return {};
    int hour = 0, minute = 0, second = 0;
    if (text.size() > day_length && !digits_at(text, 11, 2, hour)) return {};
    if (digits_at(text, 14, 2, minute) && text.size() > 16 && text[16] == ':') digits_at(text, 17, 2, second);
    const std::int64_t seconds = *day * 86'400 + hour * 3'600 + minute * 60 + second;
    return seconds * 1'000'000 + fraction_of(text);
}

}  // namespace

std::optional<StampForm> StampForm::of(const Value& sample, std::optional<table::LocalTime> zone) {
    StampForm form;
    form.zone_ = std::move(zone);
    if (sample.kind == Kind::integer)
        form.form_ = unit_of(sample.integer);
    else if (sample.kind == Kind::real)
        form.form_ = unit_of(sample.real);
    else if (sample.kind != Kind::text || !wall_clock(sample.view()))
        return {};
    return form;
}

StampForm StampForm::counting(std::int64_t unit) {
    StampForm form;
    form.form_ = unit == 1'000'000 ? Form::seconds : unit == 1'000 ? Form::milliseconds : Form::microseconds;
    form.told_ = true;
    return form;
}

StampForm::Form StampForm::unit_of(std::int64_t number) {
    const double size = std::abs(static_cast<double>(number));
    return size < 1e11 ? Form::seconds : size < 1e14 ? Form::milliseconds : Form::microseconds;
}

StampForm::Form StampForm::unit_of(double number) {
    return std::abs(number) < 1e7 ? Form::julian_day : Form::real_seconds;
}

bool StampForm::fits(const Value& value) const {
    // Whole and fractional seconds compare as they should.
    const auto same = [this](Form unit) {
        return unit == form_ || (unit == Form::seconds && form_ == Form::real_seconds) ||
               (unit == Form::real_seconds && form_ == Form::seconds);
    };
    if (told_) return value.kind == Kind::integer || value.kind == Kind::real;
    if (value.kind == Kind::integer) return same(unit_of(value.integer));
    if (value.kind == Kind::real) return same(unit_of(value.real));
    return value.kind == Kind::text && form_ == Form::text && wall_clock(value.view());
}

walk::Mark StampForm::at(std::int64_t micros) const {
    const std::int64_t second = micros / 1'000'000 - (micros % 1'000'000 < 0 ? 1 : 0);
    switch (form_) {
        case Form::seconds:
            return walk::mark_of(Value::of(second));
        case Form::milliseconds:
            return walk::mark_of(Value::of(second * 1'000));
        case Form::microseconds:
            return walk::mark_of(Value::of(micros));
        case Form::real_seconds:
            return walk::mark_of(Value::of_real(static_cast<double>(second)));
        case Form::julian_day:
            // A double keeps a Julian day to about 40 microseconds.
            return walk::mark_of(
                Value::of_real(julian_day_of_1970 + (static_cast<double>(micros) - 1'000) / micros_per_day));
        case Form::text:
            break;
    }
    return {Kind::text, shown_at(micros).first_day};
}

StampForm::Shown StampForm::shown_at(std::int64_t micros) const {
    const auto text = [](std::int64_t wall) {
        std::string shown = walk::mark_of(Value::naive(wall)).text.substr(0, second_length);
        shown[day_length] = ' ';
        return shown;
    };
    return {.first_day = text(micros - farthest_west).substr(0, day_length),
            .utc = text(micros),
            .plain = text(zone_ ? zone_->earliest_from(micros) : micros)};
}

std::int64_t StampForm::time_of(const Value& value) {
    if (value.kind == Kind::integer && form_ == Form::seconds) return value.integer * 1'000'000;
    if (value.kind == Kind::integer && form_ == Form::milliseconds) return value.integer * 1'000;
    if (value.kind == Kind::integer && form_ == Form::microseconds) return value.integer;
    if (value.kind == Kind::real && form_ == Form::seconds) return std::llround(value.real * 1e6);
    if (value.kind == Kind::real && form_ == Form::real_seconds) return std::llround(value.real * 1e6);
    if (value.kind == Kind::real && form_ == Form::julian_day)
        return std::llround((value.real - julian_day_of_1970) * micros_per_day);
    if (value.kind != Kind::text || value.size <= day_length) return no_time;
    const auto shown = wall_clock(value.view());
    if (!shown) return no_time;
    if (const auto offset = offset_of(value.view())) return *shown - *offset;
    return zone_ ? zone_->to_utc(*shown) : *shown;
}

}  // namespace tributary::sqlite
