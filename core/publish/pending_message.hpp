#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/store/state_store.hpp"

namespace tributary {

/// A message of `<prefix>.records` that is no record: dependents of this entity are still to be looked at. A tombstone
/// follows when all were. The key is told from those of records by its first letter, which no source's name has.
std::string pending_key(std::string_view id);
/// The entity's id; nothing for the key of a record.
std::optional<std::string_view> pending_id(std::string_view key);

/// Why and when the entity changed: `{"cause":"change","at":1770000000000000}`.
std::string encode_pending(const Pending& pending);
/// Cause and time alone. False: it is none.
bool decode_pending(std::string_view value, Pending& pending);

}  // namespace tributary
