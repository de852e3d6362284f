#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace tributary {

/// Points in time and spans of it are microseconds everywhere inside the program; points are UTC since 1970.
constexpr std::int64_t no_time = INT64_MIN;

/// Tells the time. Injected, so that tests and the simulation own it.
using Clock = std::function<std::int64_t()>;

inline std::int64_t wall_clock_now() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

inline Clock wall_clock() { return wall_clock_now; }

/// How long ago `then` was; 0 when it lies ahead because a clock was set back. `then` must not be `no_time`.
constexpr std::int64_t age(std::int64_t now, std::int64_t then) { return now > then ? now - then : 0; }

}  // namespace tributary
