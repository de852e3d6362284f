#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/arena.hpp"

namespace tributary {

/// What a record says in place of an id that it takes of another entity, which may not be known yet:
///
///     "customer_id":{"$through":{"id":"ord_3ft5zeqqapyrewarbyfwj3nqw7","key":"42","take":"customer_id"}}
///
/// It stands where the id would, at the top of a record's document, and belongs to the record alone: an entity has the
/// id, or nothing.
struct Through {
    std::string_view id;    ///< Of the entity that it is taken of.
    std::string_view key;   ///< The same entity's, as its row's would be: canonical text.
    std::string_view take;  ///< Name (in documents) of the reference that is taken.
};

void append_through(const Through& through, std::string& document);

/// In the order of the document; most have none, and then nothing is allocated. Views into the document, or into
/// `arena`.
std::vector<Through> throughs_of(std::string_view document, Arena& arena);

/// The document with an id, or nothing where it is empty, in place of each of `throughs_of`.
std::string_view resolved(std::string_view document, std::span<const std::string_view> ids, Arena& arena);

}  // namespace tributary
