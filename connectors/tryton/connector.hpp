#pragma once

#include "core/connector/connector.hpp"

namespace tributary::tryton {

/// Models of a Tryton server, 6.0 and later, over its JSON-RPC.
const Connector& connector();

}  // namespace tributary::tryton
