#pragma once

#include "core/connector/connector.hpp"

namespace tributary::@NAME@ {

const Connector& connector();

}  // namespace tributary::@NAME@
