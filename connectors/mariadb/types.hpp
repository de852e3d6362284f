#pragma once

#include <mysql.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tributary::mariadb {

/// What an answer says about one of its columns (the protocol's column definition).
struct Column {
    std::string name = {};
    int type = MYSQL_TYPE_VAR_STRING;
    unsigned flags = 0;
    unsigned charset = 45;      ///< 63: bytes, not text.
    unsigned long width = 0;    ///< As declared, of numbers: the `1` of tinyint(1).
    unsigned decimals = 0;      ///< Of times: digits behind the second.
    std::string extended = {};  ///< MariaDB's name of a type that the protocol has no number for: `uuid`.
    std::string format = {};    ///< `json`, where MariaDB says so.
    /// Where the values come from, when they are those of a table's column: empty for expressions.
    std::string database = {};
    std::string table = {};
    std::string alias = {};
    std::string original = {};

    bool has(unsigned flag) const { return (flags & flag) != 0; }
    bool is_bytes() const { return charset == 63; }
};

std::vector<Column> columns_of(std::span<const MYSQL_FIELD> fields);

/// How a column's text becomes a value.
enum class Form : std::uint8_t {
    boolean,
    bit,
    bits,
    integer,
    unsigned_integer,
    decimal,
    float4,  ///< Selected as a double: its own text keeps six digits.
    float8,
    date,
    timestamp,
    datetime,
    uuid,
    json,
    bytes,
    member,  ///< Of an enum or a set: ordered by its number, compared by its text.
    text,
    unsupported,
};

/// The one table of types: which columns a form has, and what the README says about it. The first that fits counts.
struct TypeRule {
    std::string_view types;
    std::string_view becomes;
    Form form;
    bool (*fits)(const Column&);
};
std::span<const TypeRule> type_rules();

Form form_of(const Column& column);

/// The README's table.
std::string types_as_markdown();

}  // namespace tributary::mariadb
