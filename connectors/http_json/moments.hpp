#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/kit/table/local_time.hpp"
#include "core/model/value.hpp"

namespace tributary::http_json {

/// How a source wants a moment written, and writes it.
enum class MomentFormat { iso, iso_seconds, date, local, seconds, milliseconds };

class Moments {
  public:
    /// `zone`: of wall clocks; without one they are UTC.
    Moments(MomentFormat format, std::optional<table::LocalTime> zone) : format_(format), zone_(std::move(zone)) {}

    /// At or before the moment (microseconds UTC), as the source compares.
    std::string write(std::int64_t micros) const;
    /// `no_time` for what tells no moment, as a day alone.
    std::int64_t read(const Value& value);

  private:
    MomentFormat format_;
    std::optional<table::LocalTime> zone_;
};

}  // namespace tributary::http_json
