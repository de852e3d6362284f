#pragma once

#include "core/connector/connector.hpp"

namespace tributary::odata {

const Connector& connector();

/// The mappings of mappings/, embedded.
std::span<const EmbeddedFile> ready_mappings();

}  // namespace tributary::odata
