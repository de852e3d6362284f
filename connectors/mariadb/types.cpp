#include "connectors/mariadb/types.hpp"

#include <algorithm>
#include <array>

#include "connectors/kit/table/types_table.hpp"

namespace tributary::mariadb {
namespace {

bool is_one_of(const Column& column, std::initializer_list<int> types) {
    return std::find(types.begin(), types.end(), column.type) != types.end();
}

bool is_integer(const Column& column) {
    return is_one_of(column, {MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG,
                              MYSQL_TYPE_YEAR});
}

constexpr std::array rules{
    TypeRule{"tinyint(1), boolean", "boolean where it holds 0 or 1; another number stays an integer", Form::boolean,
             [](const Column& c) { return c.type == MYSQL_TYPE_TINY && c.width == 1; }},
    TypeRule{"tinyint, smallint, mediumint, int, bigint, year", "integer; `zerofill` adds no zeros", Form::integer,
             [](const Column& c) { return is_integer(c) && (!c.has(UNSIGNED_FLAG) || c.type == MYSQL_TYPE_YEAR); }},
    TypeRule{"the same, unsigned", "integer; from 2^63 on an exact decimal", Form::unsigned_integer, is_integer},
    TypeRule{"bit(1)", "boolean", Form::bit, [](const Column& c) { return c.type == MYSQL_TYPE_BIT && c.width == 1; }},
    TypeRule{"bit(n)", "integer; from 2^63 on an exact decimal", Form::bits,
             [](const Column& c) { return c.type == MYSQL_TYPE_BIT; }},
    TypeRule{"decimal, numeric", "exact decimal with its declared zeros", Form::decimal,
             [](const Column& c) {
                 return is_one_of(c, {MYSQL_TYPE_NEWDECIMAL, MYSQL_TYPE_DECIMAL});
             }},
    TypeRule{"float", "binary floating point, the number its shortest text shows: 0.1 stays 0.1", Form::float4,
             [](const Column& c) { return c.type == MYSQL_TYPE_FLOAT; }},
    TypeRule{"double", "binary floating point", Form::float8,
             [](const Column& c) { return c.type == MYSQL_TYPE_DOUBLE; }},
    TypeRule{"date", "day; `0000-00-00` is null, as text in a key; a date that is none (`2026-02-00`) is text",
             Form::date,
             [](const Column& c) {
                 return is_one_of(c, {MYSQL_TYPE_DATE, MYSQL_TYPE_NEWDATE});
             }},
    TypeRule{"timestamp", "instant, to the microsecond; zero as with date", Form::timestamp,
             [](const Column& c) { return c.type == MYSQL_TYPE_TIMESTAMP; }},
    TypeRule{"datetime", "wall clock, to the microsecond, read in the source's `time_zone`; zero as with date",
             Form::datetime, [](const Column& c) { return c.type == MYSQL_TYPE_DATETIME; }},
    TypeRule{"uuid", "UUID", Form::uuid, [](const Column& c) { return c.extended == "uuid"; }},
    TypeRule{"json", "JSON, as it was stored", Form::json,
             [](const Column& c) { return c.type == MYSQL_TYPE_JSON || c.format == "json"; }},
    TypeRule{"point, geometry and their like",
             "nothing: the stream stops and names it; select `st_astext(…)` in a `query`", Form::unsupported,
             [](const Column& c) { return c.type == MYSQL_TYPE_GEOMETRY; }},
    TypeRule{"enum, set", "text of its members", Form::member,
             [](const Column& c) {
                 return c.has(ENUM_FLAG) || c.has(SET_FLAG) || is_one_of(c, {MYSQL_TYPE_ENUM, MYSQL_TYPE_SET});
             }},
    TypeRule{"time", "text, as it may be negative or longer than a day: `-838:59:59.000000`", Form::text,
             [](const Column& c) { return c.type == MYSQL_TYPE_TIME; }},
    TypeRule{"binary, varbinary, tinyblob, blob, mediumblob, longblob", "bytes, `binary` with its zeros", Form::bytes,
             [](const Column& c) { return c.is_bytes() && c.type != MYSQL_TYPE_NULL; }},
    TypeRule{"char, varchar, tinytext, text, mediumtext, longtext, inet4, inet6",
             "text, whatever the column's character set; `char` without its padding", Form::text,
             [](const Column&) { return true; }},
};

std::string text_of(const MARIADB_CONST_STRING& text) {
    return text.str == nullptr ? "" : std::string(text.str, text.length);
}

std::string attribute(const MYSQL_FIELD& field, enum mariadb_field_attr_t kind) {
    MARIADB_CONST_STRING text{nullptr, 0};
    return mariadb_field_attr(&text, &field, kind) == 0 ? text_of(text) : "";
}

}  // namespace

std::vector<Column> columns_of(std::span<const MYSQL_FIELD> fields) {
    std::vector<Column> columns;
    for (const MYSQL_FIELD& field : fields)
        columns.push_back({.name = {field.name, field.name_length},
                           .type = field.type,
                           .flags = field.flags,
                           .charset = field.charsetnr,
                           .width = field.length,
                           .decimals = field.decimals,
                           .extended = attribute(field, MARIADB_FIELD_ATTR_DATA_TYPE_NAME),
                           .format = attribute(field, MARIADB_FIELD_ATTR_FORMAT_NAME),
                           .database = {field.db, field.db_length},
                           .table = {field.org_table, field.org_table_length},
                           .alias = {field.table, field.table_length},
                           .original = {field.org_name, field.org_name_length}});
    return columns;
}

std::span<const TypeRule> type_rules() { return rules; }

Form form_of(const Column& column) {
    return std::find_if(rules.begin(), rules.end(), [&](const TypeRule& rule) { return rule.fits(column); })->form;
}

std::string types_as_markdown() { return table::types_table("MariaDB, MySQL", rules); }

}  // namespace tributary::mariadb
