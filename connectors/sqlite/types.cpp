#include "connectors/sqlite/types.hpp"

#include <array>

#include "connectors/kit/table/types_table.hpp"

namespace tributary::sqlite {
namespace {

/// The one table of types: a rule for each class that SQLite stores values in, in the order of their codes
/// (SQLITE_INTEGER is 1, sqlite.org/c3ref/c_blob.html).
struct TypeRule {
    std::string_view types;
    std::string_view becomes;
    Value (*read)(Value stored, Declared declared);
};

Value as_stored(Value stored, Declared) { return stored; }

Value integer(Value stored, Declared declared) {
    const bool flag = stored.integer == 0 || stored.integer == 1;
    return declared == Declared::boolean && flag ? Value::of(stored.integer == 1) : stored;
}

Value text(Value stored, Declared declared) {
    if (declared == Declared::json) stored.kind = Kind::json;
    return stored;
}

constexpr std::array rules{
    TypeRule{"INTEGER", "integer; boolean where the column is declared BOOLEAN and the value is 0 or 1", integer},
    TypeRule{
        "REAL",
        "binary floating point: a column declared DECIMAL holds these too; store exact amounts as text or in cents",
        as_stored},
    TypeRule{"TEXT", "text; JSON where the column is declared JSON. A NUL or invalid UTF-8 is a reject", text},
    TypeRule{"BLOB", "bytes", as_stored},
    TypeRule{"NULL", "null", as_stored},
};
static_assert(SQLITE_INTEGER == 1 && SQLITE_FLOAT == 2 && SQLITE_TEXT == 3 && SQLITE_BLOB == 4 && SQLITE_NULL == 5);

}  // namespace

std::string upper(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return result;
}

std::vector<Declared> declared_types(const Statement& statement, int first) {
    std::vector<Declared> declared;
    for (int i = first; i < statement.columns(); ++i) {
        const std::string type = upper(statement.declared_type(i));
        declared.push_back(type == "BOOLEAN" || type == "BOOL" ? Declared::boolean
                           : type == "JSON" || type == "JSONB" ? Declared::json
                                                               : Declared::nothing);
    }
    return declared;
}

Value read_value(const Statement& statement, int column, Declared declared) {
    return rules.at(static_cast<std::size_t>(statement.type(column) - 1)).read(statement.value(column), declared);
}

std::string types_as_markdown() { return table::types_table("SQLite", rules); }

}  // namespace tributary::sqlite
