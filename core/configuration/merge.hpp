#pragma once

#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary {

/// Puts what an engineer wrote over what a ready mapping says (CONFIG.md, `use`): maps by key, lists and scalars
/// replace, `~` removes; removing what is not there is an error, but where null is a value: in expressions and
/// conditions. Both are a stream, or a map of the like.
///
/// A field's value is of one piece where it must be: an expression that takes its value from elsewhere (`match` over
/// `from`, an object over an expression) replaces the old one, one that only says more or other of the same
/// (`{from: other_column}` over a reference, `{map: codes}`) is merged.
void merge(Node& base, const Node& written, Diagnostics& diagnostics);

}  // namespace tributary
