#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>

namespace tributary {

/// Index into the catalogue of entities (core/model/entity.hpp), in the order of their names.
using EntityNo = std::uint16_t;

/// XXH3-128 over tenant, space, entity and identity (EVENTS.md, "Ids"). Its text form carries the entity's tag.
struct EntityId {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const EntityId&) const = default;
};

/// What one source row says about one entity.
struct Record {
    EntityNo entity = 0;
    EntityId id;
    /// Canonical JSON: fields in the schema's order, absent instead of null, lists sorted, decimals canonical: equal
    /// content is equal bytes. A view into the batch's arena.
    std::string_view document;
    /// Names (in the document) of top-level fields that rest on a value the source's log did not repeat
    /// (`Kind::unchanged`). They are absent from the document, which here does not mean null: the last state's values
    /// hold and must be filled in before the record is compared.
    std::span<const std::string_view> unchanged;
    std::uint16_t part = 0;  ///< Which of the row's records, where its stream makes several.
};

/// Why a row (or a record of it) was not accepted. Views live in the batch's arena or in the mapping.
struct Reject {
    std::string_view stage;   ///< "decode", "map", "validate", "publish"
    std::string_view reason;  ///< Names the field and the value.
    std::string_view field;
    std::string_view file;  ///< Of the mapping.
    int line = 0;
};

}  // namespace tributary

template <>
struct std::hash<tributary::EntityId> {
    std::size_t operator()(const tributary::EntityId& id) const noexcept { return id.low; }
};
