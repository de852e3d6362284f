#include "core/mapping/zone.hpp"

#include <date/tz.h>

#include <algorithm>
#include <exception>

#include "core/model/times.hpp"

namespace tributary::mapping {
namespace {

// Debian's zone files list each change up to here; the rule that goes on is not in what the library reads.
constexpr int last_listed_year = 2037;

std::int64_t day_of(int year) { return *days_of({year, 1, 1}); }

std::int64_t floor_days(std::int64_t micros) {
    return (micros >= 0 ? micros : micros - micros_per_day + 1) / micros_per_day;
}

/// A listed year with the same calendar (same weekdays, same length), at most 28 years before the end of the list.
int twin_of(int year) {
    const std::int64_t length = day_of(year + 1) - day_of(year);
    int twin = last_listed_year - 1;
    while ((day_of(year) - day_of(twin)) % 7 != 0 || day_of(twin + 1) - day_of(twin) != length) --twin;
    return twin;
}

/// The same moment of the year in a year the list covers.
std::int64_t listed(std::int64_t micros) {
    const std::int64_t day = floor_days(micros);
    const int year = is_writable_day(day) ? civil_of(day).year : 0;
    if (year < last_listed_year) return micros;
    return micros - (day_of(year) - day_of(twin_of(year))) * micros_per_day;
}

}  // namespace

std::expected<std::unique_ptr<Zone>, std::string> Zone::find(std::string_view name) try {
    using namespace std::chrono;
    const date::time_zone* zone = date::locate_zone(name);
    auto table = std::make_unique<Zone>();
    const date::sys_seconds end = date::sys_days(date::year(last_listed_year + 1) / 1 / 1);
    std::int64_t before = 0;
    for (date::sys_seconds at = date::sys_days(date::year(1850) / 1 / 1); at < end;) {
        const date::sys_info info = zone->get_info(at);
        const std::int64_t offset = info.offset.count() * micros_per_second;
        const bool first = table->periods_.empty();
        const std::int64_t from = first ? INT64_MIN / 2 : info.begin.time_since_epoch().count() * micros_per_second;
        table->periods_.push_back({from + std::max(offset, first ? offset : before), from, offset});
        before = offset;
        at = info.end;
    }
    return table;
} catch (const std::exception&) {
    return std::unexpected("no time zone '" + std::string(name) +
                           "' in this machine's tzdata, expected a name such as " + "Europe/Warsaw");
}

std::int64_t Zone::offset_at(std::int64_t wall_micros) const {
    const auto holds = [&](std::size_t i) {
        return periods_[i].wall_from <= wall_micros &&
               (i + 1 == periods_.size() || wall_micros < periods_[i + 1].wall_from);
    };
    if (!holds(last_)) {
        const auto next = std::ranges::upper_bound(periods_, wall_micros, {}, &Period::wall_from);
        last_ = next == periods_.begin() ? 0 : static_cast<std::size_t>(next - periods_.begin()) - 1;
    }
    return periods_[last_].offset;
}

std::int64_t Zone::to_utc(std::int64_t wall_micros) const { return wall_micros - offset_at(listed(wall_micros)); }

std::int64_t Zone::to_wall(std::int64_t utc_micros) const {
    const std::int64_t at = listed(utc_micros);
    const auto next = std::ranges::upper_bound(periods_, at, {}, &Period::utc_from);
    const std::size_t index = next == periods_.begin() ? 0 : static_cast<std::size_t>(next - periods_.begin()) - 1;
    return utc_micros + periods_[index].offset;
}

}  // namespace tributary::mapping
