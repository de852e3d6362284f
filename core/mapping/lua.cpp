#include "core/mapping/lua.hpp"

namespace tributary::mapping {

struct Lua::State {};

Lua::Lua() = default;
Lua::~Lua() = default;

std::expected<int, std::string> Lua::compile(std::string_view) { return std::unexpected("not yet"); }
Lua::Columns Lua::columns_of(std::string_view) { return {}; }
bool Lua::call(const Expression& expression, const Frame&, RowScope& scope, Value&) {
    return scope.refuse(expression, "not yet");
}

}  // namespace tributary::mapping
