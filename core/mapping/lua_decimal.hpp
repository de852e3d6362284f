#pragma once

#include <lua.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tributary::mapping {

/// Exact decimals for Lua: a userdata with + - * and comparison, also with whole numbers. Division is only
/// `div(a, b, scale)` (half-even); `round(a, scale)`, `decimal("12.50")`. Mixing with binary floats, division by zero
/// and results of more than 20,000 digits are errors. `==` between a decimal and a whole number is false in Lua without
/// asking anybody: write `a == decimal(5)`.

/// Makes the metatable and puts `div`, `round` and `decimal` into the table on top of the stack.
void open_decimals(lua_State* lua);

/// Pushes the decimal, or raises a Lua error when it is too long.
void push_decimal(lua_State* lua, std::string_view text);

/// Canonical text of the decimal at `index`; nothing when it is something else.
std::optional<std::string> decimal_at(lua_State* lua, int index);

}  // namespace tributary::mapping
