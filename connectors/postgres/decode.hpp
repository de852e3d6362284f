#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::postgres {

/// Object ids of the built-in types; they never change (PostgreSQL's pg_type.dat).
namespace type {
constexpr std::uint32_t boolean = 16, bytea = 17, char_ = 18, name = 19, int8 = 20, int2 = 21, int4 = 23, text = 25,
                        oid = 26, json = 114, float4 = 700, float8 = 701, bpchar = 1042, varchar = 1043, date = 1082,
                        timestamp = 1114, timestamptz = 1184, numeric = 1700, uuid = 2950, jsonb = 3802;
}

/// How a column's binary form becomes a value. What has no form of its own is selected as text.
enum class Form : std::uint8_t {
    as_text,
    text,
    padded,  ///< char(n): PostgreSQL pads it with blanks that count nowhere, so they are left out.
    boolean,
    int2,
    int4,
    int8,
    oid,
    float4,
    float8,
    numeric,
    bytes,
    date,
    timestamp,
    timestamptz,
    uuid,
    json,
    jsonb,
};

Form form_of(std::uint32_t type);

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
