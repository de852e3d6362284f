#pragma once

#include "core/connector/connector.hpp"

namespace tributary::erpnext {

const Connector& connector();

}  // namespace tributary::erpnext
