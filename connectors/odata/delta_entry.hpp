#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odata/request.hpp"
#include "core/model/value.hpp"

namespace tributary::odata {

/// What stands behind a delta link (OData 4.0 JSON Format 15, 4.01 the same; before version 4 as Olingo and SAP Gateway
/// give it), read for the keys it names. Pure.

/// Whether an entry is about an entity of the stream's set: not about one of another set, nor about a link between two.
bool is_of_set(const Value& entry, const Subject& subject);

/// The key of the entity that an entry shows or tells to be gone, as canonical texts (core/model/key_text.hpp) in the
/// order of the subject's key. Nothing: the entry does not say it, or what it says is no key of this set.
std::optional<std::vector<std::string>> key_of(const Value& entry, const Subject& subject);

/// The key in an entity's id: `https://erp.example/srv/Items(Order='7',Item=10)`, as texts alike.
std::optional<std::vector<std::string>> key_in(std::string_view id, const Subject& subject);

/// The link to what changes from now on, in what is around the rows. Empty: there is none.
std::string_view delta_link(const Value& around);

}  // namespace tributary::odata
