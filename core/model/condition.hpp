#pragma once

#include <cstdint>
#include <string>

namespace tributary {

/// Something an operator has to know although data flows: a missing right, a bound that cannot be trusted, a session
/// that holds the stream. Shown in `/readyz`, metrics and log until a later batch no longer carries it.
struct Condition {
    std::string code;
    std::string what;
    bool operator==(const Condition&) const = default;
};

/// How far a long read has come.
struct Progress {
    std::int64_t rows = 0;      ///< Read so far, whole scan.
    std::int64_t expected = 0;  ///< The source's estimate; 0: unknown.
};

}  // namespace tributary
