#include "core/model/json_number.hpp"

#include <charconv>

#include "core/model/decimal.hpp"

namespace tributary {

std::optional<Value> json_number(std::string_view text, Arena& arena) {
    std::int64_t integer = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
    if (error == std::errc() && end == text.data() + text.size()) return Value::of(integer);
    const auto decimal = parse_scientific(arena.copy(text), arena);
    if (!decimal) return std::nullopt;
    if (const auto whole = decimal->integer()) return Value::of(*whole);
    return Value::decimal(decimal->text(arena));
}

}  // namespace tributary
