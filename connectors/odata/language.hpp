#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odata/metadata.hpp"

namespace tributary::odata {

/// A value as it stands in `$filter`, of its canonical text (core/model/key_text.hpp) or a mark's (walk/mark.hpp).
/// OData 2.0 "Abstract Type System", 4.0 ABNF `primitiveLiteral`. Nothing: no value of this type has that text.
std::optional<std::string> literal(std::string_view text, const Property& property, Version version);

/// A moment as a bound for a property that holds days, wall clocks or instants.
/// `micros` is UTC for an instant; else as the wall clock shows it, of which a day is the beginning.
std::string literal_at(std::int64_t micros, Edm edm, Version version);

/// `(a gt 1 or (a eq 1 and b gt 2))`: what is behind these values in the order of the properties. Fails (stop,
/// `bad_key`) on a value that the property's type cannot have.
Result<std::string> behind(std::span<const Property* const> properties, std::span<const std::string> values,
                           Version version);

/// `(a eq 1 and b eq 2)`, or nothing where no row can have these values.
std::optional<std::string> equal_to(std::span<const Property* const> properties, std::span<const std::string> values,
                                    Version version);

/// Joins conditions by ` and `; empty ones are left out.
std::string all_of(std::span<const std::string> conditions);

/// Of a path below the service, or of the value of a query option: UTF-8, percent-encoded. A blank is `%20`, as `+` is
/// a plus for some servers; what the grammar of OData lives on stays readable, and short.
std::string encoded(std::string_view text);

}  // namespace tributary::odata
