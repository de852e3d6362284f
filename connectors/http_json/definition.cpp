#include "connectors/http_json/definition.hpp"

#include <algorithm>

#include "connectors/http_json/options.hpp"
#include "connectors/kit/http/settings.hpp"

namespace tributary::http_json {
namespace {

std::optional<http::Pointer> read_pointer(const Settings& settings, std::string_view name, Diagnostics& diagnostics) {
    if (!settings.has(name)) return std::nullopt;
    auto pointer = http::parse_pointer(settings.text(name));
    if (!pointer) diagnostics.error(settings.place(name), "expected a JSON pointer, as /data/items");
    return pointer;
}

/// The first character that no path or query of a URL has (RFC 3986, 3.3 and 3.4), whole where it has several bytes.
/// `[` and `]` are let through, as browsers do: APIs have parameters like filter[state].
std::string_view foreign_in(std::string_view path, std::string_view also_good) {
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@/?[]";
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    for (std::size_t i = 0; i < path.size(); ++i) {
        const char c = path[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        const bool byte =
            c == '%' && path.size() - i > 2 && path.substr(i + 1, 2).find_first_not_of(digits) == path.npos;
        if (letter || byte || marks.contains(c) || also_good.contains(c)) continue;
        std::size_t size = 1;
        while (i + size < path.size() && (static_cast<unsigned char>(path[i + size]) & 0xC0U) == 0x80U) ++size;
        return path.substr(i, size);
    }
    return {};
}

void expect_path(const Settings& settings, std::string_view name, std::string_view also_good,
                 Diagnostics& diagnostics) {
    const std::string path = settings.text(name);
    const std::string_view foreign = foreign_in(path, also_good);
    if (foreign.empty()) return;
    const bool control = foreign.front() >= 0 && foreign.front() < ' ';
    diagnostics.error(settings.place(name),
                      "no URL has " + (control ? std::string("such a character") : "'" + std::string(foreign) + "'") +
                          " in its path: write " + http::percent_encoded(foreign));
}

template <typename Choice, std::size_t N>
Choice choice_of(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::ranges::find(names, name);
    return static_cast<Choice>(found == names.end() ? 0 : found - names.begin());
}

void expect_option(const Settings& settings, std::string_view name, std::string_view why, Diagnostics& diagnostics) {
    if (!settings.has(name))
        diagnostics.error(settings.place(),
                          "this style of paging needs '" + std::string(name) + "', " + std::string(why));
}

Paging read_paging(const Settings& settings, Diagnostics& diagnostics) {
    Paging paging{.style = choice_of<Style>(paging_styles, settings.text("style")),
                  .parameter = settings.text("parameter"),
                  .size_parameter = settings.text("size_parameter"),
                  .size = *settings.integer("size"),
                  .first = *settings.integer("first"),
                  .next = read_pointer(settings, "next", diagnostics),
                  .more = read_pointer(settings, "more", diagnostics)};
    switch (paging.style) {
        case Style::whole:
        case Style::header:
            break;
        case Style::offset:
            expect_option(settings, "size_parameter", "the parameter for the number of rows", diagnostics);
            [[fallthrough]];
        case Style::page:
        case Style::after:
            expect_option(settings, "parameter", "the parameter that says where to go on", diagnostics);
            break;
        case Style::cursor:
            expect_option(settings, "parameter", "the parameter for the cursor", diagnostics);
            [[fallthrough]];
        case Style::link:
            expect_option(settings, "next", "the place of the cursor or link in the answer", diagnostics);
            break;
    }
    constexpr std::int64_t least_numbered = 20;
    if (paging.style == Style::page && !paging.trusts_numbers() && paging.size < least_numbered)
        diagnostics.error(settings.place("size"),
                          "pages by number need a size of at least 20, so that they can overlap");
    return paging;
}

Watermark read_watermark(const Settings& settings, Diagnostics& diagnostics) {
    Watermark watermark{.column = settings.text("column"),
                        .parameter = settings.text("parameter"),
                        .value = settings.text("value"),
                        .format = choice_of<MomentFormat>(moment_formats, settings.text("format"))};
    if (const auto overlap = settings.duration("overlap")) watermark.overlap = *overlap;
    if (watermark.value.find("{}") == std::string::npos)
        diagnostics.error(settings.place("value"), "expected {} where the moment goes, as 'gt:{}'");
    return watermark;
}

}  // namespace

walk::ListWalkSettings Definition::walk_settings(bool by_watermark) const {
    using walk::ListWalkSettings;
    walk::ListWalkSettings settings{.watermark = by_watermark && watermark.has_value(), .size = paging.size};
    if (watermark) settings.overlap = watermark->overlap;
    switch (paging.style) {
        case Style::whole:
            settings.paging = ListWalkSettings::Paging::whole;
            break;
        case Style::offset:
            settings.paging = ListWalkSettings::Paging::offset;
            break;
        case Style::page:
            settings.paging =
                paging.trusts_numbers() ? ListWalkSettings::Paging::token : ListWalkSettings::Paging::number;
            break;
        case Style::cursor:
        case Style::after:
        case Style::link:
        case Style::header:
            settings.paging = ListWalkSettings::Paging::token;
            break;
    }
    return settings;
}

std::vector<std::string> parts_of(std::string_view column) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t dot = column.find('.');
        parts.emplace_back(column.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        column.remove_prefix(dot + 1);
    }
}

Definition define_lookup(const StreamSettings& lookup, Diagnostics& diagnostics) {
    const Settings& settings = lookup.settings;
    Definition definition;
    definition.stream = lookup.name;
    definition.path = settings.text("path");
    expect_path(settings, "path", "", diagnostics);
    definition.rows_text = settings.text("rows");
    definition.key = settings.texts("key");
    definition.time_zone = lookup.time_zone;
    if (const Node* parameters = settings.node("parameters"))
        definition.parameters = http::read_pairs(*parameters, diagnostics);
    if (auto rows = read_pointer(settings, "rows", diagnostics)) definition.rows = std::move(*rows);
    definition.error = read_pointer(settings, "error", diagnostics);
    definition.paging = read_paging(settings.section("paging"), diagnostics);
    if (settings.has("key") && definition.key.empty())
        diagnostics.error(settings.place("key"), "expected at least one column");
    return definition;
}

Definition define(const StreamSettings& stream, Diagnostics& diagnostics) {
    Definition definition = define_lookup(stream, diagnostics);  // and then what a look-up cannot have
    definition.optional = stream.settings.texts("optional");
    definition.item = stream.settings.text("item");
    expect_path(stream.settings, "item", "{}", diagnostics);
    if (auto row = read_pointer(stream.settings, "item_row", diagnostics)) definition.item_row = std::move(*row);
    const auto named = [&](const std::string& column) { return definition.item.contains("{" + column + "}"); };
    if (stream.settings.has("item") && !std::ranges::all_of(definition.key, named))
        diagnostics.error(stream.settings.place("item"), "expected every field of `key` in it, as /orders/{id}");
    if (stream.settings.has("watermark"))
        definition.watermark = read_watermark(stream.settings.section("watermark"), diagnostics);
    return definition;
}

}  // namespace tributary::http_json
