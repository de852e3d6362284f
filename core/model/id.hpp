#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/model/record.hpp"

namespace tributary {

/// Derives the ids of one entity in one space. The hash is XXH3-128 with seed 0 over tenant, space, entity name and
/// the identity's canonical texts, each written as its length in bytes (decimal ASCII), `:` and its bytes:
///
///     4:acme3:erp8:customer2:42
///
/// The first three never change for a stream and are kept ready. One object is used by one thread at a time.
class IdHasher {
  public:
    IdHasher(std::string_view tenant, std::string_view space, std::string_view entity);

    /// begin(), then part() for each identity value in its declared order, then id().
    void begin() { bytes_.resize(prefix_size_); }
    void part(std::string_view canonical_text) { append(canonical_text); }
    EntityId id() const;

  private:
    void append(std::string_view part);

    std::string bytes_;
    std::size_t prefix_size_ = 0;
};

/// 26 characters of lower-case Crockford base32, most significant first; the first one carries three bits.
constexpr std::size_t id_digits = 26;
constexpr std::size_t longest_tag = 8;
constexpr std::size_t longest_id = longest_tag + 1 + id_digits;

/// Writes `<tag>_` and the digits; `to` has room for `tag.size() + 1 + id_digits`. Returns the end.
char* write_id(std::string_view tag, const EntityId& id, char* to);
std::string id_text(std::string_view tag, const EntityId& id);

/// The reverse; nothing for another tag, length, alphabet or a number above 2^128.
std::optional<EntityId> parse_id(std::string_view tag, std::string_view text);

}  // namespace tributary
