#include "core/mapping/lua_decimal.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <compare>
#include <cstdint>
#include <new>

#include "core/model/decimal.hpp"

// Errors are raised as C++ exceptions (cmake/packages.cmake), so locals are destroyed.

namespace tributary::mapping {
namespace {

using boost::multiprecision::cpp_int;

constexpr const char* type_name = "tributary.decimal";
constexpr std::size_t most_digits = 20'000;
constexpr lua_Integer largest_scale = 30;

/// digits / 10^scale
struct Exact {
    cpp_int digits;
    unsigned scale = 0;
};

cpp_int power_of_ten(unsigned exponent) { return boost::multiprecision::pow(cpp_int(10), exponent); }

void push(lua_State* lua, const Exact& value) {
    const bool too_long = value.scale > most_digits || (value.digits != 0 && msb(abs(value.digits)) > most_digits * 3);
    if (too_long) luaL_error(lua, "the number is too long");
    new (lua_newuserdatauv(lua, sizeof(Exact), 0)) Exact(value);
    luaL_setmetatable(lua, type_name);
}

const Exact* exact_at(lua_State* lua, int index) {
    return static_cast<const Exact*>(luaL_testudata(lua, index, type_name));
}

Exact operand(lua_State* lua, int index) {
    if (const Exact* exact = exact_at(lua, index)) return *exact;
    if (lua_isinteger(lua, index) != 0) return {cpp_int(lua_tointeger(lua, index)), 0};
    if (lua_type(lua, index) == LUA_TNUMBER)
        luaL_error(lua, "exact decimals do not mix with binary floats: use div(a, b, scale) in place of /");
    luaL_error(lua, "expected a decimal or a whole number, found %s", luaL_typename(lua, index));
    return {};
}

struct Aligned {
    cpp_int a, b;
    unsigned scale;
};

Aligned aligned(const Exact& a, const Exact& b) {
    const unsigned scale = std::max(a.scale, b.scale);
    return {a.digits * power_of_ten(scale - a.scale), b.digits * power_of_ten(scale - b.scale), scale};
}

/// numerator / denominator, half-even.
cpp_int divided(const cpp_int& numerator, const cpp_int& denominator) {
    cpp_int quotient, rest;
    divide_qr(numerator, denominator, quotient, rest);
    const cpp_int twice = abs(rest) * 2;
    const int order = twice.compare(abs(denominator));
    const bool odd = quotient != 0 && bit_test(cpp_int(abs(quotient)), 0);
    if (order > 0 || (order == 0 && odd)) quotient += (numerator < 0) == (denominator < 0) ? 1 : -1;
    return quotient;
}

/// cpp_int::str allocates for a number of any size.
std::string digits_of(const cpp_int& number) {
    return number <= UINT64_MAX ? std::to_string(static_cast<std::uint64_t>(number)) : number.str();
}

std::string text_of(const Exact& value) {
    std::string digits = digits_of(cpp_int(abs(value.digits)));
    if (digits.size() <= value.scale) digits.insert(0, value.scale + 1 - digits.size(), '0');
    if (value.scale > 0) digits.insert(digits.size() - value.scale, 1, '.');
    if (value.digits < 0) digits.insert(0, 1, '-');
    const auto decimal = parse_decimal(digits);
    std::string text(decimal->text_size(), '\0');
    decimal->write(text.data());
    return text;
}

Exact exact_of(const Decimal& decimal) {
    std::string digits(decimal.whole);
    digits += decimal.fraction;
    // cpp_int reads a leading zero as octal
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    Exact value{digits.empty() ? cpp_int(0) : cpp_int(digits), static_cast<unsigned>(decimal.fraction.size())};
    if (decimal.negative) value.digits = -value.digits;
    return value;
}

int add(lua_State* lua) {
    const Aligned both = aligned(operand(lua, 1), operand(lua, 2));
    push(lua, {both.a + both.b, both.scale});
    return 1;
}

int subtract(lua_State* lua) {
    const Aligned both = aligned(operand(lua, 1), operand(lua, 2));
    push(lua, {both.a - both.b, both.scale});
    return 1;
}

int multiply(lua_State* lua) {
    const Exact a = operand(lua, 1);
    const Exact b = operand(lua, 2);
    push(lua, {a.digits * b.digits, a.scale + b.scale});
    return 1;
}

int negate(lua_State* lua) {
    const Exact value = operand(lua, 1);
    push(lua, {-value.digits, value.scale});
    return 1;
}

int no_such_operator(lua_State* lua) {
    return luaL_error(lua, "decimals have + - * and div(a, b, scale), which says how many decimals to keep");
}

std::strong_ordering order_of(lua_State* lua) {
    const Aligned both = aligned(operand(lua, 1), operand(lua, 2));
    return both.a.compare(both.b) <=> 0;
}

int is_equal(lua_State* lua) {
    // Lua asks also when the other one is a row or something else that is no decimal
    const bool are_decimals = exact_at(lua, 1) != nullptr && exact_at(lua, 2) != nullptr;
    lua_pushboolean(lua, are_decimals && order_of(lua) == 0);
    return 1;
}

int is_less(lua_State* lua) {
    lua_pushboolean(lua, order_of(lua) < 0);
    return 1;
}

int is_not_greater(lua_State* lua) {
    lua_pushboolean(lua, order_of(lua) <= 0);
    return 1;
}

int to_text(lua_State* lua) {
    const std::string text = text_of(operand(lua, 1));
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

int concatenate(lua_State* lua) {
    std::string text;
    for (const int index : {1, 2}) {
        if (const auto decimal = decimal_at(lua, index))
            text += *decimal;
        else if (lua_type(lua, index) == LUA_TSTRING || lua_isinteger(lua, index) != 0)
            text += lua_tostring(lua, index);
        else
            return luaL_error(lua, "cannot join a decimal and %s", luaL_typename(lua, index));
    }
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

int destroy(lua_State* lua) {
    static_cast<Exact*>(luaL_checkudata(lua, 1, type_name))->~Exact();
    return 0;
}

unsigned scale_at(lua_State* lua, int index) {
    const lua_Integer scale = luaL_checkinteger(lua, index);
    luaL_argcheck(lua, scale >= 0 && scale <= largest_scale, index, "expected 0 to 30 decimals");
    return static_cast<unsigned>(scale);
}

/// div(a, b, scale)
int divide(lua_State* lua) {
    const Exact a = operand(lua, 1);
    const Exact b = operand(lua, 2);
    const unsigned scale = scale_at(lua, 3);
    if (b.digits == 0) return luaL_error(lua, "division by zero");
    const cpp_int numerator = a.digits * power_of_ten(scale + b.scale);
    push(lua, {divided(numerator, b.digits * power_of_ten(a.scale)), scale});
    return 1;
}

/// round(a, scale)
int round(lua_State* lua) {
    const Exact value = operand(lua, 1);
    const unsigned scale = scale_at(lua, 2);
    if (value.scale <= scale)
        push(lua, value);
    else
        push(lua, {divided(value.digits, power_of_ten(value.scale - scale)), scale});
    return 1;
}

/// decimal("12.50"), decimal(5)
int make(lua_State* lua) {
    if (lua_type(lua, 1) != LUA_TSTRING) {
        push(lua, operand(lua, 1));
        return 1;
    }
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, 1, &size);
    push_decimal(lua, {text, size});
    return 1;
}

constexpr luaL_Reg metamethods[] = {
    {"__add", add},
    {"__sub", subtract},
    {"__mul", multiply},
    {"__unm", negate},
    {"__div", no_such_operator},
    {"__idiv", no_such_operator},
    {"__mod", no_such_operator},
    {"__pow", no_such_operator},
    {"__eq", is_equal},
    {"__lt", is_less},
    {"__le", is_not_greater},
    {"__tostring", to_text},
    {"__concat", concatenate},
    {"__gc", destroy},
    {nullptr, nullptr},
};

constexpr luaL_Reg functions[] = {{"div", divide}, {"round", round}, {"decimal", make}, {nullptr, nullptr}};

}  // namespace

void open_decimals(lua_State* lua) {
    luaL_newmetatable(lua, type_name);
    luaL_setfuncs(lua, metamethods, 0);
    lua_pop(lua, 1);
    luaL_setfuncs(lua, functions, 0);
}

void push_decimal(lua_State* lua, std::string_view text) {
    const auto decimal = parse_decimal(text);
    if (!decimal) luaL_error(lua, "'%s' is no decimal number", std::string(text.substr(0, 100)).c_str());
    if (decimal->whole.size() + decimal->fraction.size() > most_digits) luaL_error(lua, "the number is too long");
    push(lua, exact_of(*decimal));
}

std::optional<std::string> decimal_at(lua_State* lua, int index) {
    const Exact* value = exact_at(lua, index);
    return value == nullptr ? std::nullopt : std::optional(text_of(*value));
}

}  // namespace tributary::mapping
