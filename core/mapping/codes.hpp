#pragma once

#include <string_view>

namespace tributary::mapping {

/// ISO 3166-1 alpha-2 and ISO 4217 (also currencies of the past: old invoices have them) as ICU knows them. Both take
/// upper case only, as the standards write them.
bool is_country(std::string_view code);
bool is_currency(std::string_view code);

}  // namespace tributary::mapping
