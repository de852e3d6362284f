#include "core/settings/quantity.hpp"

#include <fmt/format.h>

#include <charconv>
#include <span>

namespace tributary {
namespace {

struct Unit {
    std::string_view suffix;
    std::int64_t size;
};

constexpr Unit duration_units[] = {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Unit byte_units[] = {{"TB", 1LL << 40}, {"GB", 1LL << 30}, {"MB", 1LL << 20}, {"KB", 1LL << 10}};

std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_integer(text.substr(0, digits));
    if (!number) return std::nullopt;
    for (const Unit& unit : units) {
        std::int64_t value = 0;
        if (unit.suffix == text.substr(digits))
            return __builtin_mul_overflow(*number, unit.size, &value) ? std::nullopt : std::optional(value);
    }
    return std::nullopt;
}

std::string format_with_unit(std::int64_t value, std::span<const Unit> units) {
    for (const Unit& unit : units)
        if (value != 0 && value % unit.size == 0) return fmt::format("{}{}", value / unit.size, unit.suffix);
    return std::to_string(value);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    if (text == "0") return std::chrono::milliseconds(0);
    const auto value = parse_with_unit(text, duration_units);
    return value ? std::optional(std::chrono::milliseconds(*value)) : std::nullopt;
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
    if (text.starts_with('-')) return std::nullopt;
    const auto plain = parse_integer(text);
    return plain ? plain : parse_with_unit(text, byte_units);
}

std::string format_duration(std::chrono::milliseconds duration) {
    return format_with_unit(duration.count(), duration_units);
}

std::string format_bytes(std::int64_t bytes) { return format_with_unit(bytes, byte_units); }

std::optional<std::int64_t> parse_quantity(OptionType type, std::string_view text) {
    if (type == OptionType::integer) return parse_integer(text);
    if (type == OptionType::bytes) return parse_bytes(text);
    const auto duration = parse_duration(text);
    return duration ? std::optional(duration->count()) : std::nullopt;
}

std::string format_quantity(OptionType type, std::int64_t value) {
    if (type == OptionType::bytes) return format_bytes(value);
    return type == OptionType::duration ? format_duration(std::chrono::milliseconds(value)) : std::to_string(value);
}

}  // namespace tributary
