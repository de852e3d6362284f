#pragma once

#include <compare>
#include <string_view>

namespace tributary {

/// Order of a list's elements by the JSON text of their sort field (empty: absent, which comes last). Numbers, also
/// those spelled as text (line numbers are), come first and compare as numbers, then text by its bytes. Elements that
/// are equal here are ordered by their own bytes, so that the order never depends on the source's.
std::strong_ordering compare_sort_keys(std::string_view a, std::string_view b);

}  // namespace tributary
