#pragma once

#include "connectors/kit/table/reader.hpp"

namespace tributary::table {

/// Puts the children of each parent into `slot` of its row, as a list of objects; a parent without any gets an empty
/// list. Precondition: `children.parents` ascends.
void attach(const Children& children, std::size_t slot, const Page& parents, Arena& arena);

/// The same for a child that many parents share: the first one as an object, null where there is none.
void attach_one(const Children& children, std::size_t slot, const Page& parents, Arena& arena);

}  // namespace tributary::table
