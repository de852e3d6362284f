#pragma once

#include "core/mapping/expression.hpp"
#include "core/model/entity.hpp"
#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary::mapping {

/// Values that stand in the configuration and that a field of fixed choices, or a currency, does not have: each row
/// that came to them would be rejected. `value` is what was compiled from `node`.
void check_outcomes(const Node& node, const Expression& value, const Field& field, Diagnostics& diagnostics);

}  // namespace tributary::mapping
