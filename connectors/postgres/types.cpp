#include "connectors/postgres/types.hpp"

#include <algorithm>
#include <array>

#include "connectors/kit/table/types_table.hpp"

namespace tributary::postgres {
namespace {

using Oids = std::array<std::uint32_t, 1>;

constexpr Oids int2_oids{21}, int4_oids{23}, int8_oids{20}, oid_oids{26}, numeric_oids{1700}, float4_oids{700},
    float8_oids{701}, boolean_oids{16}, char_oids{1042}, date_oids{1082}, timestamp_oids{1114}, timestamptz_oids{1184},
    uuid_oids{2950}, json_oids{114}, jsonb_oids{3802}, bytes_oids{17};
/// text, varchar, name
constexpr std::array<std::uint32_t, 3> text_oids{25, 1043, 19};
/// Of boolean, int2, int4, int8, oid, float4, float8, numeric, text, varchar, char(n), name, date, timestamp,
/// timestamptz, uuid, json, jsonb, interval, time, timetz, inet, cidr.
constexpr std::array<std::uint32_t, 23> array_oids{1000, 1005, 1007, 1016, 1028, 1021, 1022, 1231,
                                                   1009, 1015, 1014, 1003, 1182, 1115, 1185, 2951,
                                                   199,  3807, 1187, 1183, 1270, 1041, 651};

constexpr std::array rules{
    TypeRule{"smallint", "integer", Form::int2, int2_oids},
    TypeRule{"integer, serial", "integer", Form::int4, int4_oids},
    TypeRule{"bigint, bigserial", "integer", Form::int8, int8_oids},
    TypeRule{"oid", "integer", Form::oid, oid_oids},
    TypeRule{"numeric, decimal", "exact decimal with its declared zeros; `NaN` and `Infinity` as text", Form::numeric,
             numeric_oids},
    TypeRule{"real", "binary floating point, the number its shortest text shows: 0.1 stays 0.1", Form::float4,
             float4_oids},
    TypeRule{"double precision", "binary floating point", Form::float8, float8_oids},
    TypeRule{"boolean", "boolean", Form::boolean, boolean_oids},
    TypeRule{"text, varchar, name", "text", Form::text, text_oids},
    TypeRule{"char(n)", "text without the blanks it is padded with", Form::padded, char_oids},
    TypeRule{"date", "day; `infinity` as text", Form::date, date_oids},
    TypeRule{"timestamp", "wall clock, to the microsecond, read in the source's `time_zone`; `infinity` as text",
             Form::timestamp, timestamp_oids},
    TypeRule{"timestamptz", "instant, to the microsecond; `infinity` as text", Form::timestamptz, timestamptz_oids},
    TypeRule{"uuid", "UUID", Form::uuid, uuid_oids},
    TypeRule{"json", "JSON, as it was stored", Form::json, json_oids},
    TypeRule{"jsonb", "JSON, as PostgreSQL orders and spaces it", Form::jsonb, jsonb_oids},
    TypeRule{"bytea", "bytes", Form::bytes, bytes_oids},
    TypeRule{"arrays of these (but bytea), and of interval, time, inet, cidr",
             "JSON: a list, nested for more dimensions, with null where there is nothing; times as ISO 8601",
             Form::as_json, array_oids},
    TypeRule{"any other: enums, ranges, arrays of those, interval (ISO 8601), time, money, inet, xml, hstore, …",
             "its text",
             Form::as_text,
             {}},
};

}  // namespace

std::span<const TypeRule> type_rules() { return rules; }

Form form_of(std::uint32_t oid) {
    const auto named = [&](const TypeRule& rule) { return std::ranges::find(rule.oids, oid) != rule.oids.end(); };
    const auto* const found = std::ranges::find_if(rules, named);
    return found == rules.end() ? rules.back().form : found->form;
}

std::string types_as_markdown() { return table::types_table("PostgreSQL", rules); }

}  // namespace tributary::postgres
