#include "core/mapping/source_defaults.hpp"

#include <algorithm>
#include <array>

#include "core/mapping/codes.hpp"
#include "core/mapping/contact.hpp"

namespace tributary::mapping {
namespace {

constexpr std::array<std::string_view, 6> names = {"time_zone", "phone_region", "country",
                                                   "currency",  "unit",         "company"};

bool is_map(const Node* node) { return node != nullptr && node->is_map(); }

void read_zone(const Node& node, SourceDefaults& defaults, Diagnostics& diagnostics) {
    if (node.is_null()) return;
    if (!node.is_scalar())
        return diagnostics.error(node.place, "expected the name of a time zone, such as Europe/Warsaw");
    auto zone = Zone::find(node.scalar);
    if (!zone) return diagnostics.error(node.place, zone.error());
    defaults.zone = std::move(*zone);
}

void read_region(const Node& node, SourceDefaults& defaults, Diagnostics& diagnostics) {
    if (node.is_null()) return;
    if (!node.is_scalar() || !PhoneReader::is_region(node.scalar))
        return diagnostics.error(node.place,
                                 "expected an ISO 3166-1 alpha-2 code of a country with telephones, such as PL");
    defaults.phone_region = node.scalar;
}

void check_code(const Node* node, std::string_view code(std::string_view), std::string_view expected,
                Diagnostics& diagnostics) {
    if (node == nullptr || !node->is_scalar() || !code(node->scalar).empty()) return;
    diagnostics.error(node->place, "expected " + std::string(expected));
}

void check_names(const Node& values, Diagnostics& diagnostics) {
    for (const Node::Entry& entry : values.entries)
        if (std::find(names.begin(), names.end(), entry.key) == names.end())
            diagnostics.error(entry.key_place, "unknown default '" + entry.key + "'" + did_you_mean(entry.key, names));
}

void read_values(const Node& values, SourceDefaults& defaults, Diagnostics& diagnostics) {
    defaults.values = &values;
    check_names(values, diagnostics);
    check_code(values.find("country"), country_code, "an ISO 3166-1 alpha-2 code, such as PL", diagnostics);
    check_code(values.find("currency"), currency_code, "an ISO 4217 code, such as PLN", diagnostics);
    const Node* country = values.find("country");
    if (const Node* region = values.find("phone_region"))
        read_region(*region, defaults, diagnostics);
    else if (country != nullptr && country->is_scalar() && PhoneReader::is_region(country_code(country->scalar)))
        defaults.phone_region = country_code(country->scalar);
    if (const Node* zone = values.find("time_zone")) read_zone(*zone, defaults, diagnostics);
}

}  // namespace

SourceDefaults read_defaults(const Node* source, Diagnostics& diagnostics) {
    SourceDefaults defaults;
    if (!is_map(source)) return defaults;
    if (const Node* values = source->find("defaults"); is_map(values)) read_values(*values, defaults, diagnostics);
    if (const Node* zone = source->find("time_zone")) read_zone(*zone, defaults, diagnostics);
    if (const Node* maps = source->find("maps"); is_map(maps)) defaults.maps = maps;
    if (const Node* lookups = source->find("lookups"); is_map(lookups)) defaults.lookups = lookups;
    return defaults;
}

}  // namespace tributary::mapping
