#pragma once

#include <string_view>

namespace tributary {

/// Whether two JSON numbers are equal in value, whatever their length: 1, 1.0 and 10e-1 are, and so are 0 and -0.
/// Exact: no binary floating point, nothing written out (core/model/decimal.hpp has no exponents). Of texts that are no
/// numbers and of exponents of more than 17 digits, whether they are spelled alike.
bool same_number(std::string_view left, std::string_view right);

}  // namespace tributary
