#include "connectors/odata/language.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connectors/kit/table/statement.hpp"
#include "core/model/times.hpp"

namespace tributary::odata {
namespace {

constexpr std::int64_t micros_per_milli = 1'000;

std::string quoted(std::string_view text) {
    std::string literal = "'";
    for (const char c : text) literal.append(c == '\'' ? 2 : 1, c);
    return literal + "'";
}

bool is_guid(std::string_view text) {
    const auto fits = [](char c) {
        return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    return text.size() == 36 && std::ranges::all_of(text, fits);
}

/// Without a fraction, or with three digits, or six: some servers compare what they store as text.
std::string clock_of(std::int64_t micros) {
    micros = std::clamp(micros, first_day * micros_per_day, last_day * micros_per_day);
    char text[instant_size];
    const std::string written(text, write_instant(micros, text));
    if (micros % micros_per_second == 0) return written.substr(0, 19);
    return written.substr(0, micros % micros_per_milli == 0 ? 23 : 26);
}

/// `22:49:21` as `PT22H49M21S`.
std::string duration_of(std::string_view clock) {
    return fmt::format("PT{}H{}M{}S", clock.substr(0, 2), clock.substr(3, 2), clock.substr(6));
}

std::optional<std::string> moment_literal(std::string_view text, Edm edm, Version version) {
    if (const auto day = parse_day(text)) return literal_at(*day * micros_per_day, edm, version);
    const auto stamp = parse_timestamp(text);
    if (!stamp) return std::nullopt;
    return literal_at(stamp->micros, edm, version);
}

std::optional<std::string> number_literal(std::string_view text, const Property& property, Version version) {
    if (!table::is_number_text(text)) return std::nullopt;
    if (version == Version::v4) return std::string(text);
    const std::string_view mark = property.type == "Edm.Int64" ? "L" : property.type == "Edm.Decimal" ? "M" : "";
    return fmt::format("{}{}", text, mark);
}

}  // namespace

std::string literal_at(std::int64_t micros, Edm edm, Version version) {
    const std::string clock =
        clock_of(edm == Edm::date ? micros - ((micros % micros_per_day) + micros_per_day) % micros_per_day : micros);
    if (version == Version::v4) return edm == Edm::date ? clock.substr(0, day_size) : clock + "Z";
    return edm == Edm::instant ? fmt::format("datetimeoffset'{}Z'", clock) : fmt::format("datetime'{}'", clock);
}

std::optional<std::string> literal(std::string_view text, const Property& property, Version version) {
    const bool old = version != Version::v4;
    switch (property.edm) {
        case Edm::text:
            return quoted(text);
        case Edm::boolean:
            return text == "true" || text == "false" ? std::optional(std::string(text)) : std::nullopt;
        case Edm::integer:
        case Edm::decimal:
            return number_literal(text, property, version);
        case Edm::guid:
            if (!is_guid(text)) return std::nullopt;
            return old ? fmt::format("guid'{}'", text) : std::string(text);
        case Edm::date:
        case Edm::moment:
        case Edm::instant:
            return moment_literal(text, property.edm, version);
        case Edm::clock:
            if (text.size() < 8) return std::nullopt;
            return old ? fmt::format("time'{}'", duration_of(text)) : std::string(text);
        case Edm::nested:
        case Edm::other:
            break;
    }
    return old || property.type.starts_with("Edm.") ? quoted(text) : property.type + quoted(text);
}

Result<std::string> behind(std::span<const Property* const> properties, std::span<const std::string> values,
                           Version version) {
    std::string condition, shut;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto value = literal(values[i], *properties[i], version);
        if (!value)
            return fail(Verdict::stop, "bad_key", "'" + properties[i]->name + "' cannot have what the last row showed");
        const std::string& name = properties[i]->name;
        condition += fmt::format("({} gt {}", name, *value);
        shut += ')';
        if (i + 1 == values.size()) continue;
        condition += fmt::format(" or ({} eq {} and ", name, *value);
        shut += ')';
    }
    return condition + shut;
}

std::optional<std::string> equal_to(std::span<const Property* const> properties, std::span<const std::string> values,
                                    Version version) {
    std::string condition;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto value = literal(values[i], *properties[i], version);
        if (!value) return std::nullopt;
        condition += fmt::format("{}{} eq {}", i == 0 ? "(" : " and ", properties[i]->name, *value);
    }
    return condition + ")";
}

std::string all_of(std::span<const std::string> conditions) {
    std::string all;
    for (const std::string& one : conditions)
        if (!one.empty()) all += (all.empty() ? "" : " and ") + one;
    return all;
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view kept = "-._~'(),:;/$=@!*";
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || kept.contains(c);
        const auto byte = static_cast<unsigned char>(c);
        if (plain)
            result += c;
        else
            result += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return result;
}

}  // namespace tributary::odata
