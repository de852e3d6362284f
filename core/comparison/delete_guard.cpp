#include "core/comparison/delete_guard.hpp"

#include <algorithm>
#include <charconv>

namespace tributary {

DeleteVerdict judge(const DeletePolicy& policy, const KeyCount& count, std::optional<std::int64_t> confirmed) {
    if (count.missing == 0) return DeleteVerdict::allowed;
    const auto share = static_cast<std::int64_t>(policy.at_most * static_cast<double>(count.known));
    const bool empty = count.listed == 0;
    if (!empty && count.missing <= share) return DeleteVerdict::allowed;
    const std::int64_t all = count.removed + count.missing;
    if (!empty && all <= policy.always) return DeleteVerdict::allowed;
    // a confirmation is for what was held then: a source that lost far more since is held again
    if (confirmed && all <= *confirmed + std::max(share, policy.always)) return DeleteVerdict::allowed;
    return empty ? DeleteVerdict::empty_answer : DeleteVerdict::too_many;
}

std::optional<double> parse_share(std::string_view text) {
    if (!text.ends_with('%')) return std::nullopt;
    text.remove_suffix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0) || value > 100) return std::nullopt;
    return value / 100;
}

}  // namespace tributary
