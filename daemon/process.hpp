#pragma once

#include "core/runtime/session.hpp"

namespace tributary {

/// What this process is called in claims and commits; a new run id at each call.
Session::Setup this_process();

}  // namespace tributary
