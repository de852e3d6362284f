#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/connector/connector.hpp"
#include "core/model/record.hpp"

namespace tributary {

/// A larger row is cut in its dead letter, whatever the broker takes; its whole size is said beside it.
constexpr std::size_t most_dead_letter_bytes = 256 * 1024;

/// A row of a source as JSON. Bytes are hex, text that is no UTF-8 is escaped as `\\xNN`; never fails.
std::string row_json(const Row& row);

/// What a reject is about: the same row, reason and mapping give the same hash, and are reported once. `mapping` is a
/// fingerprint of what the mapping says; where it stands in which file does not count.
std::uint64_t reject_hash(std::string_view row, const Reject& reject, std::string_view mapping);

/// `{"row", "cut", "size", "hash"}` of at most `most_bytes` (not less than 1 KB); a cut row is a text, a whole one an
/// object. Lives in `arena`.
std::string_view dead_letter_body(std::string_view row, std::uint64_t hash, std::size_t most_bytes, Arena& arena);

}  // namespace tributary
