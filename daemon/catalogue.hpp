#pragma once

#include <span>

#include "core/connector/connector.hpp"

namespace tributary {

/// Every connector of this build, by name. Generated from the folders below connectors/.
std::span<const Connector* const> connectors();

}  // namespace tributary
