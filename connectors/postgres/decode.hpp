#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "connectors/postgres/types.hpp"
#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::postgres {

/// A field of a binary row; texts are copied into the arena. Sets `good` to false when the bytes do not fit the form.
/// `infinity` of dates and times, and numbers that are none, become text as PostgreSQL spells it.
Value decode(Form form, std::string_view bytes, Arena& arena, bool& good);

/// Messages of `copy … to stdout (format binary)`: a signature and header before the first row, then one row each, then
/// a trailer (PostgreSQL's documentation of COPY, "Binary Format").
class BinaryCopy {
  public:
    enum class Message { row, nothing, malformed };

    explicit BinaryCopy(std::span<const Form> forms) : forms_(forms) {}

    /// Fills `values`, one per form, when the message holds a row.
    Message read(std::string_view message, Value* values, Arena& arena);

  private:
    std::span<const Form> forms_;
    bool header_read_ = false;
};

}  // namespace tributary::postgres
