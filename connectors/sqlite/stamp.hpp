#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "connectors/kit/table/local_time.hpp"
#include "connectors/kit/walk/mark.hpp"
#include "core/model/value.hpp"

namespace tributary::sqlite {

/// How a watermark column spells time: SQLite has no type for it, so one value of the column tells.
class StampForm {
  public:
    /// Text in ISO 8601 (`2026-01-31 10:00:00`, with `T`, cut anywhere behind the day), seconds, milli- or microseconds
    /// since 1970 as integer, seconds or a Julian day as real. Nothing: the value is none of these.
    static std::optional<StampForm> of(const Value& sample, std::optional<table::LocalTime> zone);

    /// A value of the column's kind at or before everything stamped from the moment on.
    walk::Mark at(std::int64_t micros) const;

    /// Microseconds UTC; `no_time` for text without a zone where none was declared.
    std::int64_t time_of(const Value& value);

  private:
    enum class Form { text, seconds, milliseconds, microseconds, real_seconds, julian_day };

    Form form_ = Form::text;
    std::size_t length_ = 0;  ///< Of text: what is compared, at most to the second.
    char separator_ = ' ';
    bool zoned_ = false;  ///< The text ends in Z.
    std::optional<table::LocalTime> zone_;
};

}  // namespace tributary::sqlite
