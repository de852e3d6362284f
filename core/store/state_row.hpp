#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/store/state_store.hpp"

namespace tributary {

/// Where a record's row lies: keys that are plain non-negative integers below 2^48 lie under an integer key, in the
/// order a load brings them, which SQLite inserts several times faster than text.
struct RowPlace {
    bool numeric = false;
    std::int64_t number = 0;  ///< stream << 48 | key
};
RowPlace place_of(StreamNo stream, std::string_view key);
/// The key of a row that lies under an integer.
std::string number_key(std::int64_t place);

/// The value of a row: checksum (8 bytes) over key and rest, entity number (2), entity id (16), version (8), document.
void encode_row(std::string& out, StreamNo stream, std::string_view key, const State& state);
/// Empty when the checksum is wrong. The document is a view into `row`.
std::optional<State> decode_row(StreamNo stream, std::string_view key, std::string_view row);

/// Of a row as encoded; nothing else of it is looked at.
RowVersion version_in(std::string_view row);

/// The id as stored: 16 bytes, big-endian, so that it sorts.
std::string encode_id(const EntityId& id);
EntityId decode_id(std::string_view bytes);

}  // namespace tributary
