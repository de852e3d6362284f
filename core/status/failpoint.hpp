#pragma once

#include <atomic>
#include <string_view>

namespace tributary {

namespace detail {
extern std::atomic<bool> failpoints_armed;
void hit_failpoint(std::string_view name);
}  // namespace detail

/// A named step of the protocol at which tests kill the very binary that ships. `TRIBUTARY_FAILPOINT=name:N` ends the
/// process by SIGKILL at the N-th time it gets here; unset, it costs one relaxed load.
inline void failpoint(std::string_view name) {
    if (detail::failpoints_armed.load(std::memory_order_relaxed)) detail::hit_failpoint(name);
}

/// Reads the environment once, at start. A name nothing declares is refused: false.
bool arm_failpoints();

}  // namespace tributary
