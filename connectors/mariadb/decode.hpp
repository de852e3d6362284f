#pragma once

#include <string_view>

#include "connectors/mariadb/types.hpp"
#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::mariadb {

/// A value of the text protocol; texts are copied into the arena. `in_key`: a zero date stays text, as null would be no
/// key. Sets `good` to false when the text does not fit the form. Precondition: the form is supported.
Value decode(Form form, std::string_view text, bool in_key, Arena& arena, bool& good);

}  // namespace tributary::mariadb
