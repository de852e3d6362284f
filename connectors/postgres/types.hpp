#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tributary::postgres {

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
    as_json,  ///< Selected as JSON.
};

/// The one table of types: which of the built-in ones a form has, by their object ids, which never change (PostgreSQL's
/// pg_type.dat), and what the README says about it. The last rule has whatever no other names.
struct TypeRule {
    std::string_view types;
    std::string_view becomes;
    Form form;
    std::span<const std::uint32_t> oids;
};
std::span<const TypeRule> type_rules();

/// Of the object id in an answer; that of a domain is its base type's.
Form form_of(std::uint32_t oid);

/// The README's table.
std::string types_as_markdown();

}  // namespace tributary::postgres
