#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tributary {

/// `deletes: {every, at_most, always}` of a stream. The defaults hold where none are written.
struct DeletePolicy {
    std::int64_t every = 0;  ///< Microseconds; 0: at no time of its own.
    double at_most = 0.05;   ///< Share of the known keys that may go at once.
    std::int64_t always = 20;
};

/// What a comparison found.
struct KeyCount {
    std::int64_t known = 0;    ///< Keys the cache holds.
    std::int64_t listed = 0;   ///< Keys the source named.
    std::int64_t missing = 0;  ///< Known, not listed, and not there when they were asked for by key.
    std::int64_t removed = 0;  ///< Already let through by this comparison.
};

enum class DeleteVerdict : std::uint8_t {
    allowed,
    too_many,
    empty_answer,  ///< The source had rows and names none.
};

/// Pure. `confirmed`: so many deletes were let through by hand, beside what the policy allows.
DeleteVerdict judge(const DeletePolicy& policy, const KeyCount& count, std::optional<std::int64_t> confirmed);

/// `5%`, `0.5%`, `100%`: as a share; nothing when it is none.
std::optional<double> parse_share(std::string_view text);

}  // namespace tributary
