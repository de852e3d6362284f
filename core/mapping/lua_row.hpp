#pragma once

#include <lua.hpp>

#include <map>
#include <string>

#include "core/mapping/evaluate.hpp"

namespace tributary::mapping {

/// What Lua sees of the row it is called for.
struct LuaRow {
    RowScope* scope = nullptr;
    bool met_unchanged = false;                        ///< A value was asked for that the source's log did not repeat.
    std::map<std::string, Step, std::less<>> columns;  ///< Where names stand in the shapes met last.
};

/// Makes the metatable of rows; `row` must outlive the state. Rows are read-only, a name they do not have is nil, and
/// `pairs` (of rows and tables) goes in the order of the keys, because Lua's own order differs from run to run.
void open_rows(lua_State* lua, LuaRow& row);

/// Pushes a proxy that must not be used after the call it was made for.
void push_row(lua_State* lua, const Object& object);

/// null is nil, decimals are exact decimals, dates, instants, UUIDs and bytes their canonical text; lists become
/// tables.
void push_value(lua_State* lua, const Value& value);

/// pairs(t)
int sorted_pairs(lua_State* lua);

}  // namespace tributary::mapping
