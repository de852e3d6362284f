#pragma once

#include "core/mapping/case_row.hpp"
#include "core/mapping/mapping.hpp"

namespace tributary::mapping {

/// Gives the mapping the look-ups a case writes out, as {terms: [{code: N30, net_days: 30}]}. `source` declares them,
/// `made` keeps the rows' shapes and must live as long as rows are mapped. False: errors went to the diagnostics.
bool use_lookups(const Node* written, const Node& one, const Node* source, CaseRows& made, Mapping& mapping,
                 Diagnostics& diagnostics);

}  // namespace tributary::mapping
