#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core/settings/diagnostics.hpp"

namespace tributary {
namespace {

/// Nobody mistypes a name this long; keeps the quadratic distance cheap for whatever a file holds.
constexpr std::size_t longest_name = 64;

/// Case and `-` for `_` are no difference to somebody who mistypes.
std::string folded(std::string_view word) {
    std::string out(word);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (c == '-') c = '_';
    }
    return out;
}

/// Damerau-Levenshtein, restricted to swaps of neighbours ("optimal string alignment").
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
    if (word.empty() || word.size() > longest_name) return {};
    const std::string wanted = folded(word);
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > longest_name) continue;
        const std::size_t edits = distance(wanted, folded(candidate));
        // Fewer edits than letters: `a` is not a mistyped `b`.
        if (edits >= best_distance || edits >= std::min(word.size(), candidate.size())) continue;
        best = candidate;
        best_distance = edits;
    }
    return best;
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    const std::string_view candidate = nearest(word, candidates);
    return candidate.empty() ? std::string() : fmt::format(", did you mean '{}'?", candidate);
}

}  // namespace tributary
