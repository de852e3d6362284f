#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/sqlite/database.hpp"

namespace tributary::sqlite {

/// Upper case, of ASCII letters: SQLite tells no other ones apart in the names of types.
std::string upper(std::string_view text);

/// A column's declared type where it says more than the stored value does.
enum class Declared : std::uint8_t { nothing, boolean, json };

/// Of the statement's columns from `first` on.
std::vector<Declared> declared_types(const Statement& statement, int first);

/// A stored value as its class and its column's declaration say. Its text stays the statement's.
Value read_value(const Statement& statement, int column, Declared declared);

/// The README's table.
std::string types_as_markdown();

}  // namespace tributary::sqlite
