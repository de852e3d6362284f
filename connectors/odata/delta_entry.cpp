#include "connectors/odata/delta_entry.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/odata/rows.hpp"
#include "core/model/key_text.hpp"

namespace tributary::odata {
namespace {

constexpr std::array<std::string_view, 3> contexts{"@odata.context", "@context", "odata.metadata"};
constexpr std::array<std::string_view, 3> ids{"@odata.id", "@id", "odata.id"};

std::string_view first_of(const Value& object, std::span<const std::string_view> names) {
    for (const std::string_view name : names)
        if (const auto text = http::text_in(object, {name}); !text.empty()) return text;
    return {};
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped =
            text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        if (!escaped) {
            decoded += text[i];
            continue;
        }
        decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return decoded;
}

/// At commas outside of quotes.
std::vector<std::string_view> parts_of(std::string_view predicate) {
    std::vector<std::string_view> parts;
    bool quoted = false;
    std::size_t from = 0;
    for (std::size_t i = 0; i < predicate.size(); ++i) {
        if (predicate[i] == '\'') quoted = !quoted;
        if (predicate[i] != ',' || quoted) continue;
        parts.push_back(predicate.substr(from, i - from));
        from = i + 1;
    }
    parts.push_back(predicate.substr(from));
    return parts;
}

/// What JSON would have in place of a literal.
Value unquoted(std::string_view literal, Edm edm, Arena& arena) {
    if (edm == Edm::boolean && (literal == "true" || literal == "false")) return Value::of(literal == "true");
    const std::size_t open = literal.find('\'');
    if (open != std::string_view::npos && literal.size() > open + 1 && literal.ends_with('\'')) {
        std::string inside;
        for (std::size_t i = open + 1; i + 1 < literal.size(); ++i) {
            inside += literal[i];
            if (literal[i] == '\'') ++i;  // doubled
        }
        return Value::text(arena.copy(inside));
    }
    const bool number = edm == Edm::integer || edm == Edm::decimal;
    if (number && !literal.empty() && std::string_view("LlMmDdFf").contains(literal.back())) literal.remove_suffix(1);
    return Value::text(arena.copy(literal));
}

/// Nothing for what no key of that type can be: nobody could ask for its row.
std::optional<std::string> canonical(const Value& json, const Property& property, const Subject& subject,
                                     Arena& arena) {
    const KeyText text = key_text(read_value(json, property, *subject.model, true, arena), arena);
    if (!text || !literal(text.text, property, subject.version)) return std::nullopt;
    return std::string(text.text);
}

std::string_view set_of(const Subject& subject) {
    const std::string_view path = subject.path;
    return path.substr(path.rfind('/') + 1);  // npos + 1: from the start
}

}  // namespace

bool is_of_set(const Value& entry, const Subject& subject) {
    const std::string_view context = first_of(entry, contexts);
    if (context.ends_with("/$link") || context.ends_with("/$deletedLink")) return false;
    const std::size_t fragment = context.find('#');
    if (fragment == std::string_view::npos) return true;
    const std::string_view about = context.substr(fragment + 1);
    return percent_decoded(about.substr(0, about.find_first_of("/("))) == set_of(subject);
}

std::optional<std::vector<std::string>> key_of(const Value& entry, const Subject& subject) {
    // there `id` is the entity's id, which else may be a property
    if (first_of(entry, contexts).ends_with("/$deletedEntity")) return key_in(http::text_in(entry, {"id"}), subject);
    std::vector<std::string> key;
    Arena arena;
    for (const Property* const property : subject.key) {
        const Value* const value = http::find_in(entry, {property->name});
        auto text = value == nullptr ? std::nullopt : canonical(*value, *property, subject, arena);
        if (!text) break;
        key.push_back(std::move(*text));
    }
    if (key.size() == subject.key.size()) return key;
    if (const auto id = first_of(entry, ids); !id.empty()) return key_in(id, subject);
    return key_in(http::text_in(entry, {"__metadata", "uri"}), subject);
}

std::optional<std::vector<std::string>> key_in(std::string_view id, const Subject& subject) {
    const std::size_t open = id.find('(');
    const std::size_t shut = id.rfind(')');
    if (open == std::string_view::npos || shut == std::string_view::npos || shut < open) return std::nullopt;
    const std::string predicate = percent_decoded(id.substr(open + 1, shut - open - 1));
    const auto parts = parts_of(predicate);
    if (parts.size() != subject.key.size()) return std::nullopt;
    std::vector<std::string> key;
    Arena arena;
    for (const Property* const property : subject.key) {
        std::optional<std::string> text;
        for (const std::string_view part : parts) {
            const std::size_t sign = std::min(part.find('='), part.find('\''));
            const bool named = sign < part.size() && part[sign] == '=';
            if (named ? part.substr(0, sign) != property->name : parts.size() > 1) continue;
            const std::string_view literal = named ? part.substr(sign + 1) : part;
            text = canonical(unquoted(literal, property->edm, arena), *property, subject, arena);
        }
        if (!text) return std::nullopt;
        key.push_back(std::move(*text));
    }
    return key;
}

std::string_view delta_link(const Value& around) {
    constexpr std::array<std::string_view, 4> names{"@odata.deltaLink", "@deltaLink", "odata.deltaLink", "__delta"};
    if (const auto link = first_of(around, names); !link.empty()) return link;
    return http::text_in(around, {"d", "__delta"});
}

}  // namespace tributary::odata
