#include "core/mapping/lua.hpp"

#include <fmt/format.h>

#include <lua.hpp>
#include <new>

#include "core/mapping/lua_decimal.hpp"
#include "core/mapping/lua_memory.hpp"
#include "core/mapping/lua_row.hpp"
#include "core/settings/utf8.hpp"

namespace tributary::mapping {
namespace {

constexpr int hook_interval = 1000;

/// What a call may still use.
struct Budget {
    LuaMemory memory{{.held = Lua::most_bytes, .asked = Lua::most_bytes_asked}};
    int instructions = 0;
};

Budget& budget_of(lua_State* lua) {
    void* budget = nullptr;
    lua_getallocf(lua, &budget);
    return *static_cast<Budget*>(budget);
}

void* allocate(void* user, void* block, std::size_t old_size, std::size_t size) {
    return static_cast<Budget*>(user)->memory.resize(block, old_size, size);
}

void count_instructions(lua_State* lua, lua_Debug*) {
    Budget& budget = budget_of(lua);
    budget.instructions += hook_interval;
    if (budget.instructions > Lua::most_instructions) luaL_error(lua, "it runs too long");
}

int read_only(lua_State* lua) { return luaL_error(lua, "names outside of the expression cannot be set: use 'local'"); }

int unknown_name(lua_State* lua) { return luaL_error(lua, "there is no '%s' here", luaL_tolstring(lua, 2, nullptr)); }

/// tostring without the addresses of tables, which differ from run to run.
int to_text(lua_State* lua) {
    luaL_checkany(lua, 1);
    const int type = lua_type(lua, 1);
    if (type == LUA_TTABLE || type == LUA_TFUNCTION || (type == LUA_TUSERDATA && !decimal_at(lua, 1)))
        return luaL_error(lua, "%s has no text", luaL_typename(lua, 1));
    luaL_tolstring(lua, 1, nullptr);
    return 1;
}

/// Puts a view of the table on top in its place that can be read and not be changed.
void protect(lua_State* lua, lua_CFunction missing) {
    if (missing != nullptr) {
        lua_createtable(lua, 0, 1);
        lua_pushcfunction(lua, missing);
        lua_setfield(lua, -2, "__index");
        lua_setmetatable(lua, -2);
    }
    lua_createtable(lua, 0, 0);
    lua_createtable(lua, 0, 3);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, read_only);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

/// Copies functions of the library on top into the table below it.
void keep(lua_State* lua, std::initializer_list<const char*> names) {
    for (const char* name : names) {
        lua_getfield(lua, -1, name);
        lua_setfield(lua, -3, name);
    }
}

/// A table of the named functions of a library, protected, as field `name` of the table on top.
void add_library(lua_State* lua, const char* name, lua_CFunction open, std::initializer_list<const char*> names) {
    lua_createtable(lua, 0, static_cast<int>(names.size()));
    luaL_requiref(lua, name, open, 0);
    keep(lua, names);
    lua_pop(lua, 1);
    protect(lua, nullptr);
    lua_setfield(lua, -2, name);
}

/// Texts get only the kept functions as methods, too.
void trim_text_methods(lua_State* lua) {
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_getfield(lua, -3, "string");
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
}

// Left out: patterns (find, match, gmatch, gsub), whose time no instruction limit bounds; format, which shows addresses
// and follows the locale; everything that loads code, sets metatables or catches errors.
int open_sandbox(lua_State* lua) {
    lua_createtable(lua, 0, 32);
    luaL_requiref(lua, "_G", luaopen_base, 0);
    keep(lua, {"assert", "error", "ipairs", "select", "tonumber", "type"});
    lua_pop(lua, 1);
    add_library(lua, "math", luaopen_math, {"abs", "ceil", "floor", "max", "min", "tointeger", "type", "ult"});
    add_library(lua, "string", luaopen_string, {"byte", "char", "len", "lower", "rep", "reverse", "sub", "upper"});
    add_library(lua, "table", luaopen_table, {"concat", "insert", "pack", "remove", "sort", "unpack"});
    trim_text_methods(lua);
    open_decimals(lua);
    lua_pushcfunction(lua, sorted_pairs);
    lua_setfield(lua, -2, "pairs");
    lua_pushcfunction(lua, to_text);
    lua_setfield(lua, -2, "tostring");
    lua_pushvalue(lua, -1);
    protect(lua, unknown_name);
    return 2;
}

struct Call {
    const Frame* frame;
    int function;
    int names;  ///< Registry index of the table that holds `row` and `up`.
};

int run(lua_State* lua) {
    const auto& call = *static_cast<const Call*>(lua_touserdata(lua, 1));
    lua_rawgeti(lua, LUA_REGISTRYINDEX, call.names);
    lua_pushliteral(lua, "row");
    push_row(lua, call.frame->row);
    lua_rawset(lua, -3);
    lua_pushliteral(lua, "up");
    call.frame->up == nullptr ? lua_pushboolean(lua, 0) : push_row(lua, call.frame->up->row);
    lua_rawset(lua, -3);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, call.function);
    lua_call(lua, 0, 1);
    return 1;
}

std::string error_on_top(lua_State* lua) {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, -1, &size);
    std::string message = text == nullptr ? "an error without a text" : std::string(text, size);
    lua_pop(lua, 1);
    static constexpr std::string_view prefix = "lua:";
    if (message.starts_with(prefix)) message = "line " + message.substr(prefix.size());
    return shortened(message, 200);
}

}  // namespace

struct Lua::State {
    Budget budget;
    LuaRow row;
    lua_State* lua = nullptr;
    int names = LUA_NOREF;
    int environment = LUA_NOREF;

    State() : lua(lua_newstate(allocate, &budget)) {
        if (lua == nullptr) throw std::bad_alloc();
        lua_pushcfunction(lua, open_sandbox);
        // only memory can be missing: what is called here is part of this file
        if (lua_pcall(lua, 0, 2, 0) != LUA_OK) throw std::bad_alloc();
        environment = luaL_ref(lua, LUA_REGISTRYINDEX);
        names = luaL_ref(lua, LUA_REGISTRYINDEX);
        open_rows(lua, row);
        lua_sethook(lua, count_instructions, LUA_MASKCOUNT, hook_interval);
    }
    ~State() {
        budget.memory.end_call();
        lua_close(lua);
    }

    bool load(const std::string& code) {
        return luaL_loadbufferx(lua, code.data(), code.size(), "=lua", "t") == LUA_OK;
    }
    bool take(const Expression& expression, RowScope& scope, Value& result);
};

Lua::Lua() : state_(std::make_unique<State>()) {}
Lua::~Lua() = default;

std::expected<int, std::string> Lua::compile(std::string_view code) {
    lua_State* lua = state_->lua;
    if (!state_->load("return " + std::string(code))) {
        const std::string as_expression = error_on_top(lua);
        if (!state_->load(std::string(code))) {
            const std::string as_block = error_on_top(lua);
            return std::unexpected(code.find("return") == std::string_view::npos ? as_expression : as_block);
        }
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, state_->environment);
    if (lua_setupvalue(lua, -2, 1) == nullptr) lua_pop(lua, 1);
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

bool Lua::call(const Expression& expression, const Frame& frame, RowScope& scope, Value& result) {
    lua_State* lua = state_->lua;
    state_->row.scope = &scope;
    state_->row.met_unchanged = false;
    state_->budget.instructions = 0;
    state_->budget.memory.begin_call();
    Call call{&frame, expression.function, state_->names};
    lua_settop(lua, 0);
    lua_pushcfunction(lua, run);
    lua_pushlightuserdata(lua, &call);
    const int status = lua_pcall(lua, 1, 1, 0);
    state_->budget.memory.end_call();
    if (state_->row.met_unchanged) {
        result = Value::unchanged();
        return true;
    }
    if (status != LUA_OK) return scope.refuse(expression, "Lua: " + error_on_top(lua));
    return state_->take(expression, scope, result);
}

bool Lua::State::take(const Expression& expression, RowScope& scope, Value& result) {
    switch (lua_type(lua, -1)) {
        case LUA_TNIL:
            result = Value::null();
            return true;
        case LUA_TBOOLEAN:
            result = Value::of(lua_toboolean(lua, -1) != 0);
            return true;
        case LUA_TNUMBER:
            if (lua_isinteger(lua, -1) == 0 && expression.scale < 0)
                return scope.refuse(
                    expression,
                    "Lua: the result is a binary float, which is not exact: use div(a, b, scale), or give 'scale'");
            result = lua_isinteger(lua, -1) != 0 ? Value::of(std::int64_t{lua_tointeger(lua, -1)})
                                                 : Value::of_real(lua_tonumber(lua, -1));
            return true;
        case LUA_TSTRING: {
            std::size_t size = 0;
            const char* text = lua_tolstring(lua, -1, &size);
            result = Value::text(scope.arena.copy({text, size}));
            return true;
        }
        default:
            break;
    }
    const auto decimal = decimal_at(lua, -1);
    if (!decimal)
        return scope.refuse(expression,
                            fmt::format("Lua: the result is a {}, expected a single value", luaL_typename(lua, -1)));
    result = Value::decimal(scope.arena.copy(*decimal));
    return true;
}

}  // namespace tributary::mapping
