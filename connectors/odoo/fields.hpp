#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::odoo {

/// What a field's values are, by its type in `fields_get`.
enum class FieldKind : std::uint8_t {
    boolean,
    integer,
    number,
    text,
    date,
    datetime,
    many2one,
    many,  ///< one2many and many2many
    other,
};

struct Field {
    std::string name;
    std::string type;  ///< As Odoo spells it.
    FieldKind kind = FieldKind::other;
    std::string relation = {};  ///< The model it leads to.
    std::string inverse = {};   ///< Of a one2many: the field of that model which leads back.
    bool stored = true;         ///< Others can be neither ordered by nor, mostly, filtered by.
};

FieldKind kind_of(std::string_view type);

/// By name.
using Fields = std::map<std::string, Field, std::less<>>;

/// What `fields_get` answers about a model: those fields that the user may see.
Fields fields_in(const Value& answer);

/// A value as `search_read` gives it, as what its field holds: `false` is null but in a boolean, many2one is its id
/// with or without the name behind it, lists of ids become lists of objects `{id}`, times are UTC.
Value value_of(FieldKind kind, const Value& raw, Arena& arena);

/// `{id}`
Value reference(const Value& id, Arena& arena);

/// The table of types in the README.
std::string types_as_markdown();

}  // namespace tributary::odoo
