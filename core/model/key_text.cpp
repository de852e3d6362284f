#include "core/model/key_text.hpp"

#include <algorithm>
#include <charconv>

#include "core/model/decimal.hpp"
#include "core/model/times.hpp"
#include "core/model/utf8.hpp"

namespace tributary {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

KeyText integer_key(std::int64_t value, Arena& arena) {
    constexpr std::size_t room = 20;
    char* to = arena.allocate(room);
    const char* end = std::to_chars(to, to + room, value).ptr;
    const auto size = static_cast<std::size_t>(end - to);
    arena.shrink(to, room, size);
    return {{to, size}};
}

KeyText decimal_key(std::string_view text, Arena& arena) {
    const auto decimal = parse_decimal(text);
    if (!decimal) return {{}, NoKey::bad_text};
    return {decimal->text(arena)};
}

KeyText day_key(std::int64_t days, Arena& arena) {
    if (!is_writable_day(days)) return {{}, NoKey::out_of_range};
    char* to = arena.allocate(day_size);
    write_day(days, to);
    return {{to, day_size}};
}

KeyText instant_key(std::int64_t micros, Arena& arena) {
    if (!is_writable_instant(micros)) return {{}, NoKey::out_of_range};
    char* to = arena.allocate(instant_size);
    write_instant(micros, to);
    return {{to, instant_size}};
}

KeyText hex_key(std::string_view bytes, Arena& arena) {
    auto to = arena.array<char>(2 * bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        to[2 * i] = hex_digits[byte >> 4];
        to[2 * i + 1] = hex_digits[byte & 15];
    }
    return {{to.data(), to.size()}};
}

KeyText unclean(std::string_view text) {
    return {{}, text.find('\0') == std::string_view::npos ? NoKey::bad_text : NoKey::nul};
}

KeyText uuid_key(std::string_view text, Arena& arena) {
    if (!is_clean_text(text)) return unclean(text);
    auto to = arena.array<char>(text.size());
    std::transform(text.begin(), text.end(), to.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return {{to.data(), to.size()}};
}

KeyText plain_key(std::string_view text) {
    if (!is_clean_text(text)) return unclean(text);
    return {text};
}

}  // namespace

std::string_view explain(NoKey why) {
    switch (why) {
        case NoKey::none:
            return "a key";
        case NoKey::null:
            return "null";
        case NoKey::unchanged:
            return "not repeated by the log";
        case NoKey::real:
            return "a binary floating-point number, which is not exact";
        case NoKey::naive:
            return "a timestamp without a zone";
        case NoKey::nested:
            return "JSON, a list or an object";
        case NoKey::out_of_range:
            return "a date outside the years 0001 to 9999";
        case NoKey::bad_text:
            return "not valid UTF-8 text";
        case NoKey::nul:
            return "text with a NUL character (U+0000) in it";
    }
    return "?";
}

KeyText key_text(const Value& value, Arena& arena) {
    switch (value.kind) {
        case Kind::null:
            return {{}, NoKey::null};
        case Kind::unchanged:
            return {{}, NoKey::unchanged};
        case Kind::boolean:
            return {value.boolean ? "true" : "false"};
        case Kind::integer:
            return integer_key(value.integer, arena);
        case Kind::decimal:
            return decimal_key(value.view(), arena);
        case Kind::real:
            return {{}, NoKey::real};
        case Kind::text:
            return plain_key(value.view());
        case Kind::bytes:
            return hex_key(value.view(), arena);
        case Kind::date:
            return day_key(value.integer, arena);
        case Kind::instant:
            return instant_key(value.integer, arena);
        case Kind::naive:
            return {{}, NoKey::naive};
        case Kind::uuid:
            return uuid_key(value.view(), arena);
        case Kind::json:
        case Kind::list:
        case Kind::object:
            return {{}, NoKey::nested};
    }
    return {{}, NoKey::nested};
}

void append_key_part(std::string_view part, bool first, std::string& to) {
    if (!first) to.push_back('/');
    for (const char c : part) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f && c != '/' && c != '%') {
            to.push_back(c);
            continue;
        }
        to.push_back('%');
        to.push_back("0123456789ABCDEF"[byte >> 4]);
        to.push_back("0123456789ABCDEF"[byte & 15]);
    }
}

std::string joined_key(std::span<const std::string> parts) {
    std::string key;
    for (const std::string& part : parts) append_key_part(part, &part == parts.data(), key);
    return key;
}

std::vector<std::string> key_parts(std::string_view key) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
    std::vector<std::string> parts(1);
    for (std::size_t i = 0; i < key.size(); ++i) {
        if (key[i] == '/') {
            parts.emplace_back();
        } else if (key[i] == '%' && i + 2 < key.size()) {
            parts.back().push_back(static_cast<char>(digit(key[i + 1]) << 4 | digit(key[i + 2])));
            i += 2;
        } else {
            parts.back().push_back(key[i]);
        }
    }
    return parts;
}

}  // namespace tributary
