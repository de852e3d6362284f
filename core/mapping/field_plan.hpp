#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/mapping/expression.hpp"
#include "core/model/entity.hpp"

namespace tributary::mapping {

struct FieldPlan;

/// An item of a list: one element, or one for `each` row of a child.
struct ElementPlan {
    std::optional<Expression> each;  ///< Of source column.
    std::optional<Predicate> where;  ///< Only of such rows: of the child's with `each`, else of the row itself.
    std::vector<FieldPlan> fields;   ///< Of an object, in the schema's order.
    std::vector<FieldPlan> scalar;   ///< Exactly one for an element that is a single value.
};

/// How one field of a document is made.
struct FieldPlan {
    enum class Kind : std::uint8_t { value, money, list, attributes };

    Kind kind = Kind::value;
    const Field* schema = nullptr;  ///< nullptr: in `attributes`.
    std::string label;              ///< `"name":`
    bool is_sort_key = false;       ///< Elements of its list are ordered by it.
    bool is_element_value = false;  ///< An element of its list says nothing without it.
    Expression value;               ///< Also a money's amount; for lists and attributes only its field and line count.
    std::optional<Expression> currency;
    std::optional<Expression> fallback;  ///< What the source's `defaults` say; looked up in the outermost row.
    std::vector<ElementPlan> elements;
    std::vector<FieldPlan> attributes;  ///< In the order of their names.
};

/// How a row becomes a document.
struct DocumentPlan {
    const Entity* entity = nullptr;
    std::vector<FieldPlan> fields;            ///< In the schema's order.
    std::vector<Expression> entity_currency;  ///< The first of these that is not empty is a bare amount's currency.
    std::string phone_region;
    bool adds = false;  ///< To an entity that others make: nothing is required.
};

}  // namespace tributary::mapping
