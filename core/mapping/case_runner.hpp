#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/mapping.hpp"

namespace tributary {

/// What became of one case.
struct CaseResult {
    std::string name;
    Place place;
    std::vector<std::string> differences;  ///< A line each: `row 1: lines[0].quantity: expected 2, found 3`.

    bool passed() const { return differences.empty(); }
};

/// The stream `SOURCE/STREAM` of the configuration under test; nothing when there is none.
using StreamFinder = std::function<std::optional<MappingContext>(std::string_view source, std::string_view stream)>;

/// Runs the mapping cases of a file (docs/mapping-tests.md):
///
///     cases:
///       - name: an order without lines
///         stream: warehouse/orders
///         rows: [{id: 7, number: W-7, status: N}]
///         expect: [{sales_order: {number: W-7, status: open}}]
///
/// Mistakes in the file itself go to `diagnostics`.
std::vector<CaseResult> run_cases(const Node& file, const StreamFinder& find_stream, Diagnostics& diagnostics);

}  // namespace tributary
