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
    if (auto row = read_pointer(stream.settings, "item_row", diagnostics)) definition.item_row = std::move(*row);
    const auto named = [&](const std::string& column) { return definition.item.contains("{" + column + "}"); };
    if (stream.settings.has("item") && !std::ranges::all_of(definition.key, named))
        diagnostics.error(stream.settings.place("item"), "expected every field of `key` in it, as /orders/{id}");
    if (stream.settings.has("watermark"))
        definition.watermark = read_watermark(stream.settings.section("watermark"), diagnostics);
    return definition;
}

}  // namespace tributary::http_json
