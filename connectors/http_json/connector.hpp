#pragma once

#include "core/connector/connector.hpp"

namespace tributary::http_json {

/// Any API that answers with JSON lists, from its configuration alone.
const Connector& connector();

}  // namespace tributary::http_json
