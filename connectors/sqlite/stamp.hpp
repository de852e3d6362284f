#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/kit/table/local_time.hpp"
#include "connectors/kit/walk/mark.hpp"
#include "core/model/value.hpp"

namespace tributary::sqlite {

/// How a watermark column spells time: SQLite has no type for it, so one value of the column tells. Texts need not be
/// written alike, as each is compared by what it says; numbers are in one unit.
class StampForm {
  public:
    /// Text in ISO 8601 (`2026-01-31 10:00:00`, with `T`, `Z` or an offset, cut anywhere behind the day), seconds,
    /// milli- or microseconds since 1970 as integer, seconds or a Julian day as real. Nothing: the value is none of
    /// these.
    static std::optional<StampForm> of(const Value& sample, std::optional<table::LocalTime> zone);
    /// Numbers of so many microseconds each, as the configuration says.
    static StampForm counting(std::int64_t unit);

    bool is_text() const { return form_ == Form::text; }

    /// Of numbers: a value of the column's kind at or before everything stamped from the moment on.
    walk::Mark at(std::int64_t micros) const;

    /// Of text, `2026-01-31 10:00:00`, a moment as rows show it that say UTC, and as rows show it that say nothing.
    struct Shown {
        std::string first_day;  ///< Every text stamped from the moment on, whatever its zone, sorts at or behind it.
        std::string utc;
        std::string plain;
    };
    Shown shown_at(std::int64_t micros) const;

    /// Whether the value tells a time as the column's other values do, so that polling finds its row.
    bool fits(const Value& value) const;

    /// Microseconds UTC; text without a zone is in the declared one, else in UTC. `no_time` for what tells a day alone.
    std::int64_t time_of(const Value& value);

  private:
    enum class Form { text, seconds, milliseconds, microseconds, real_seconds, julian_day };
    static Form unit_of(std::int64_t number);
    static Form unit_of(double number);

    Form form_ = Form::text;
    bool told_ = false;  ///< By the configuration: no value has to be looked at.
    std::optional<table::LocalTime> zone_;
};

}  // namespace tributary::sqlite
