#pragma once

#include <date/tz.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "core/model/result.hpp"

namespace tributary::table {

/// How coarse a stamp with so many digits behind the second is; 0 where that is the microsecond of all times here.
constexpr std::chrono::microseconds grain_of(unsigned digits) {
    if (digits >= 6) return std::chrono::microseconds(0);
    std::chrono::microseconds grain = std::chrono::seconds(1);
    for (unsigned digit = 0; digit < digits; ++digit) grain /= 10;
    return grain;
}

/// A declared zone, for columns that hold a wall clock without one. Microseconds throughout. Keeps the last offset, as
/// neighbouring rows share it. Not thread-safe.
class LocalTime {
  public:
    /// Fails (stop) on a zone nobody knows.
    static Result<LocalTime> of(const std::string& zone);

    /// A wall clock that was shown twice is taken at its first time, one that was skipped moves forward by
    /// what was skipped.
    std::int64_t to_utc(std::int64_t local);

    /// The earliest wall clock shown at or after the moment. When clocks are set back soon after it, that is earlier
    /// than the moment's own.
    std::int64_t earliest_from(std::int64_t utc) const;

  private:
    explicit LocalTime(const date::time_zone* zone) : zone_(zone) {}
    std::int64_t offset_at(std::int64_t utc) const;

    const date::time_zone* zone_;
    std::int64_t offset_ = 0;
    std::int64_t from_ = 0;  ///< Local times in [from_, until_) have `offset_`.
    std::int64_t until_ = 0;
};

}  // namespace tributary::table
