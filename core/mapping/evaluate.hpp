#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/mapping/contact.hpp"
#include "core/mapping/expression.hpp"
#include "core/mapping/json_reader.hpp"
#include "core/model/arena.hpp"
#include "core/model/record.hpp"

namespace tributary {
class LookupTable;
}

namespace tributary::mapping {

class Lua;

/// A row, and the rows above it when it is a child.
struct Frame {
    Object row;
    const Frame* up = nullptr;
};

/// What every expression of one row shares.
struct RowScope {
    Arena& arena;
    JsonReader& json;
    Lua* lua;  ///< nullptr when no expression is Lua.
    const Zone* zone;
    Reject reject;                                                ///< Filled in when something is refused.
    const std::shared_ptr<const LookupTable>* lookups = nullptr;  ///< By Expression::lookup; all are loaded.

    Conversion conversion() const { return {arena, zone}; }

    /// Fills in `reject` and returns false: "<field>: '<value>' <why>".
    bool refuse(const Expression& by, const Value& value, std::string_view why);
    bool refuse(const Expression& by, std::string_view why);
    /// A value as messages show it.
    std::string shown(const Value& value) const;
};

struct Evaluated {
    Value value;
    bool from_row = false;  ///< False: a literal or a default, which says nothing about the row.
};

/// False: refused. A value the source's log did not repeat comes out as `unchanged`, unless another one of `first`
/// stands before it.
bool evaluate(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result);

enum class Truth : std::uint8_t { no, yes, unknown, refused };

/// Unknown: it depends on a value the source's log did not repeat.
Truth holds(const Predicate& condition, const Frame& frame, RowScope& scope);

/// The first part whose condition holds, or `else`; without one the row is refused.
bool match_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result);

/// What the look-up has under the key; null for a null key, refused on a miss without `else`.
bool lookup_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& result);

/// Of a reference that comes through another entity: that one's id, and the key its row has. Null without a key.
bool through_of(const Expression& expression, const Frame& frame, RowScope& scope, Evaluated& id, std::string& key);

/// Goes along a path; what is not there is null. False: refused.
bool follow(const Path& path, const Frame& frame, RowScope& scope, const Expression& by, Value& result);

/// Null, or text without a character.
inline bool is_empty(const Value& value) { return value.is_null() || (value.has_text() && value.size == 0); }

}  // namespace tributary::mapping
