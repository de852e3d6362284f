#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::mapping {

/// A time zone as a table, so that converting a wall clock costs a binary search (and nothing when it falls where the
/// last one fell). Not thread-safe.
class Zone {
  public:
    /// By its IANA name; the error says what is wrong and ends without a full stop.
    static std::expected<std::unique_ptr<Zone>, std::string> find(std::string_view name);

    /// A time that a summer change skipped moves forward by the skipped hour; one that occurred twice is the earlier.
    std::int64_t to_utc(std::int64_t wall_micros) const;
    /// What a wall clock there shows.
    std::int64_t to_wall(std::int64_t utc_micros) const;

  private:
    /// From this wall-clock time (of which `to_utc` gives the right instant) the offset holds.
    struct Period {
        std::int64_t wall_from;
        std::int64_t utc_from;
        std::int64_t offset;  ///< Microseconds east of UTC.
    };

    std::int64_t offset_at(std::int64_t wall_micros) const;

    std::vector<Period> periods_;
    mutable std::size_t last_ = 0;
};

}  // namespace tributary::mapping
