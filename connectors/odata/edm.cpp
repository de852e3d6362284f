#include "connectors/odata/edm.hpp"

#include <array>

#include "connectors/kit/table/types_table.hpp"

namespace tributary::odata {
namespace {

/// The one table of types.
struct TypeRule {
    std::string_view types;
    std::string_view becomes;
    Edm edm;
};

constexpr std::array rules{
    TypeRule{"String", "text; without blanks at its end where 1C pads it", Edm::text},
    TypeRule{"Boolean", "boolean", Edm::boolean},
    TypeRule{"Byte, SByte, Int16, Int32, Int64", "integer, also where JSON has it as text", Edm::integer},
    TypeRule{"Decimal, Double, Single", "exact decimal with the digits of the answer", Edm::decimal},
    TypeRule{"Guid", "UUID; the zero one is null, unless it is part of the key", Edm::guid},
    TypeRule{"Date, and DateTime with sap:display-format=\"Date\"", "date; year 1 is null", Edm::date},
    TypeRule{"DateTime", "wall clock in the declared `time_zone`; year 1 is null", Edm::moment},
    TypeRule{"DateTimeOffset", "instant; year 1 is null", Edm::instant},
    TypeRule{"Time, TimeOfDay", "text, `22:49:21`", Edm::clock},
    TypeRule{"a complex type, a navigation property, collections of both", "objects and lists of objects", Edm::nested},
    TypeRule{"everything else: enumerations, Binary (base64), Duration, Stream", "as JSON has it", Edm::other},
};

}  // namespace

Edm edm_of(std::string_view name) {
    if (!name.starts_with("Edm.")) return Edm::other;
    name.remove_prefix(4);
    const TypeRule* const rule = table::rule_of(rules, name);
    return rule == nullptr ? Edm::other : rule->edm;
}

std::string types_as_markdown() { return table::types_table("Edm", rules); }

}  // namespace tributary::odata
