#pragma once

#include <string_view>

namespace tributary::mapping {

/// The ISO 3166-1 alpha-2 and ISO 4217 code (also of currencies of the past: old invoices have them), as ICU knows
/// them, that `written` is, in whatever case: in capitals, as the standards write them. Empty: it is none. Lives for
/// ever.
std::string_view country_code(std::string_view written);
std::string_view currency_code(std::string_view written);

}  // namespace tributary::mapping
