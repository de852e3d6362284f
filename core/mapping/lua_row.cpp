#include "core/mapping/lua_row.hpp"

#include <algorithm>
#include <vector>

#include "core/mapping/lua_decimal.hpp"
#include "core/model/times.hpp"

namespace tributary::mapping {
namespace {

constexpr const char* type_name = "tributary.row";
constexpr std::size_t most_columns = 10'000;
const char registry_key = 0;

LuaRow& current(lua_State* lua) {
    lua_rawgetp(lua, LUA_REGISTRYINDEX, &registry_key);
    auto* row = static_cast<LuaRow*>(lua_touserdata(lua, -1));
    lua_pop(lua, 1);
    return *row;
}

std::string_view text_at(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return {text, size};
}

int member(lua_State* lua) {
    const auto* object = static_cast<const Object*>(luaL_checkudata(lua, 1, type_name));
    if (lua_type(lua, 2) != LUA_TSTRING) return 0;
    const std::string_view name = text_at(lua, 2);
    auto& columns = current(lua).columns;
    auto column = columns.find(name);
    if (column == columns.end()) {
        // code may look up names that come from the data
        if (columns.size() > most_columns) columns.clear();
        column = columns.emplace(name, Step{}).first;
        column->second.name = name;
    }
    const Value* value = column->second.in(*object);
    push_value(lua, value == nullptr ? Value::null() : *value);
    return 1;
}

int read_only(lua_State* lua) { return luaL_error(lua, "rows and libraries cannot be changed"); }

void push_text(lua_State* lua, const Value& value) {
    const auto text = to_text(value, current(lua).scope->conversion());
    if (!text) luaL_error(lua, "the value %s", std::string(text.error()).c_str());
    lua_pushlstring(lua, text->data(), text->size());
}

/// As the wall clock shows it: 2026-01-31T10:00:00.
void push_wall_clock(lua_State* lua, std::int64_t micros) {
    if (!is_writable_instant(micros)) luaL_error(lua, "the value is outside the years 0001 to 9999");
    char text[instant_size];
    const char* end = write_short_instant(micros, text);
    lua_pushlstring(lua, text, static_cast<std::size_t>(end - text) - 1);
}

void push_list(lua_State* lua, std::span<const Value> items) {
    luaL_checkstack(lua, 4, "nested too deeply");
    lua_createtable(lua, static_cast<int>(items.size()), 0);
    for (std::size_t i = 0; i < items.size(); ++i) {
        push_value(lua, items[i]);
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i + 1));
    }
}

void push_json(lua_State* lua, const Value& value) {
    RowScope& scope = *current(lua).scope;
    const auto read = scope.json.read(value.view(), scope.arena);
    if (!read) luaL_error(lua, "the value is not JSON");
    push_value(lua, *read);
}

struct Key {
    bool is_text;
    lua_Integer number;
    std::string text;
    auto operator<=>(const Key&) const = default;
};

std::vector<Key> keys_of(lua_State* lua) {
    std::vector<Key> keys;
    if (const auto* object = static_cast<const Object*>(luaL_testudata(lua, 1, type_name))) {
        for (std::size_t i = 0; i < object->size(); ++i) keys.push_back({true, 0, object->shape->names[i]});
    } else {
        luaL_checktype(lua, 1, LUA_TTABLE);
        for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
            if (lua_type(lua, -2) == LUA_TSTRING)
                keys.push_back({true, 0, std::string(text_at(lua, -2))});
            else if (lua_isinteger(lua, -2) != 0)
                keys.push_back({false, lua_tointeger(lua, -2), {}});
            else
                luaL_error(lua, "pairs takes tables whose keys are text or whole numbers");
        }
    }
    std::ranges::sort(keys);
    return keys;
}

/// Upvalues: the object, the list of its keys, how many were returned.
int next_pair(lua_State* lua) {
    const lua_Integer index = lua_tointeger(lua, lua_upvalueindex(3)) + 1;
    lua_pushinteger(lua, index);
    lua_replace(lua, lua_upvalueindex(3));
    if (lua_rawgeti(lua, lua_upvalueindex(2), index) == LUA_TNIL) return 1;
    lua_pushvalue(lua, -1);
    lua_gettable(lua, lua_upvalueindex(1));
    return 2;
}

constexpr luaL_Reg metamethods[] = {{"__index", member}, {"__newindex", read_only}, {nullptr, nullptr}};

}  // namespace

void open_rows(lua_State* lua, LuaRow& row) {
    lua_pushlightuserdata(lua, &row);
    lua_rawsetp(lua, LUA_REGISTRYINDEX, &registry_key);
    luaL_newmetatable(lua, type_name);
    luaL_setfuncs(lua, metamethods, 0);
    lua_pop(lua, 1);
}

void push_row(lua_State* lua, const Object& object) {
    new (lua_newuserdatauv(lua, sizeof(Object), 0)) Object(object);
    luaL_setmetatable(lua, type_name);
}

void push_value(lua_State* lua, const Value& value) {
    switch (value.kind) {
        case Kind::null:
            return lua_pushnil(lua);
        case Kind::unchanged:
            current(lua).met_unchanged = true;
            return lua_pushnil(lua);
        case Kind::boolean:
            return lua_pushboolean(lua, value.boolean);
        case Kind::integer:
            return lua_pushinteger(lua, value.integer);
        case Kind::decimal:
            return push_decimal(lua, value.view());
        case Kind::real:
            return lua_pushnumber(lua, value.real);
        case Kind::naive:
            return push_wall_clock(lua, value.integer);
        case Kind::json:
            return push_json(lua, value);
        case Kind::list:
            return push_list(lua, value.items());
        case Kind::object:
            return push_row(lua, *value.object);
        case Kind::text:
        case Kind::bytes:
        case Kind::date:
        case Kind::instant:
        case Kind::uuid:
            return push_text(lua, value);
    }
}

int sorted_pairs(lua_State* lua) {
    lua_settop(lua, 1);
    const std::vector<Key> keys = keys_of(lua);
    lua_createtable(lua, static_cast<int>(keys.size()), 0);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].is_text)
            lua_pushlstring(lua, keys[i].text.data(), keys[i].text.size());
        else
            lua_pushinteger(lua, keys[i].number);
        lua_rawseti(lua, 2, static_cast<lua_Integer>(i + 1));
    }
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}

}  // namespace tributary::mapping
