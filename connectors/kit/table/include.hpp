#pragma once

#include "connectors/kit/table/reader.hpp"

namespace tributary::table {

/// Puts the children of each parent into `slot` of its row, as a list of objects; a parent without any gets an empty
/// list. Precondition: `children.parents` ascends.
void attach(const Children& children, std::size_t slot, const Page& parents, Arena& arena);

/// The same for a child that many parents share: the first one as an object, null where there is none.
void attach_one(const Children& children, std::size_t slot, const Page& parents, Arena& arena);

/// Adds the children to the digest of each parent, which tells one version of a family from another: it changes when a
/// child comes or goes, and when one is stamped anew. `digests` has one for each parent in the page.
void add_to_digests(const Children& children, std::span<std::uint64_t> digests);

}  // namespace tributary::table
