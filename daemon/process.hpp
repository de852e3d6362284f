#pragma once

#include "core/runtime/session.hpp"

namespace tributary {

/// What this process is called in claims and commits; a new run id at each call.
Session::Setup this_process();

/// Becomes the same program with the same arguments, under the same process number; what other threads were at is cut
/// off, and every open file is closed. Returns only when that fails.
Error start_again();

}  // namespace tributary
