#pragma once

#include <span>

#include "core/connector/connector.hpp"
#include "core/model/embedded.hpp"

namespace tributary::erpnext {

const Connector& connector();
/// Made by the build from mappings/.
std::span<const EmbeddedFile> ready_mappings();

}  // namespace tributary::erpnext
