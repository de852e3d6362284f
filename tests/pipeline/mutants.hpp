#pragma once

#include "tests/pipeline/world.hpp"

namespace tributary::simulation {

/// The cache is committed before the log, under the old number, so that nobody notices.
Mutant commits_the_cache_first();
/// Positions are written by the transaction after the one whose rows they stand for.
Mutant writes_positions_later();
/// A transaction of unknown outcome is simply sent again.
Mutant retries_plainly();
/// The cache is never brought up to what the topics hold.
Mutant skips_the_tail();
/// What is read again is published again.
Mutant finds_no_state();
/// Dependents that are left for later are kept in the log alone.
Mutant forgets_pending();
/// A comparison of keys looks at the parents' stamps alone.
Mutant ignores_children();
/// A comparison takes what was not listed for gone, also keys that were first seen since it began.
Mutant believes_the_listing();
/// A poll reads behind the bound, not from it.
Mutant excludes_the_bound();
/// The next page goes on behind the last stamp, whatever the key.
Mutant skips_ties();

}  // namespace tributary::simulation
