#include "connectors/kit/table/local_time.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

namespace tributary::table {
namespace {

using std::chrono::microseconds;

/// No zone was ever set back by more.
constexpr std::int64_t longest_step_back = microseconds(std::chrono::hours(3)).count();

date::local_time<microseconds> local_of(std::int64_t micros) {
    return date::local_time<microseconds>(microseconds(micros));
}

}  // namespace

Result<LocalTime> LocalTime::of(const std::string& zone) {
    try {
        return LocalTime(date::locate_zone(zone));
    } catch (const std::exception&) {
        return fail(Verdict::stop, "unknown_time_zone", "no time zone is called '" + zone + "'");
    }
}

std::int64_t LocalTime::to_utc(std::int64_t local) {
    if (local >= from_ && local < until_) return local - offset_;
    const date::local_info info = zone_->get_info(local_of(local));
    // as a mapping reads it
    if (info.result == date::local_info::nonexistent) return local - microseconds(info.first.offset).count();
    offset_ = microseconds(info.first.offset).count();
    if (info.result == date::local_info::unique) {
        // An hour around: inside it nothing is ambiguous, and the ends of a zone's history do not overflow.
        const std::int64_t hour = microseconds(std::chrono::hours(1)).count();
        const bool steady = zone_->get_info(local_of(local + hour)).result == date::local_info::unique &&
                            offset_at(local - offset_) == offset_at(local - offset_ + hour);
        from_ = local;
        until_ = steady ? local + hour : local;
    }
    return local - offset_;
}

std::int64_t LocalTime::offset_at(std::int64_t utc) const {
    return microseconds(zone_->get_info(date::sys_time<microseconds>(microseconds(utc))).offset).count();
}

std::int64_t LocalTime::earliest_from(std::int64_t utc) const {
    return utc + std::min(offset_at(utc), offset_at(utc + longest_step_back));
}

}  // namespace tributary::table
