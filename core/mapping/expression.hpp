#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/code_map.hpp"
#include "core/mapping/convert.hpp"
#include "core/mapping/path.hpp"
#include "core/model/id.hpp"
#include "core/model/value.hpp"
#include "core/settings/node.hpp"

namespace tributary::mapping {

/// What makes the key of a reference an id.
struct ReferenceTarget {
    IdHasher hasher;
    std::string tag;
};

/// Of `{reference: customer, through: {sales_order: order_id}}`: what is taken of the entity that has this key.
struct ThroughTarget {
    EntityNo entity = 0;
    std::string space;
    std::string take;  ///< Name (in documents) of its reference.
    Place place;
};

struct Test;

/// Columns of a look-up's key.
inline constexpr std::size_t most_lookup_key = 8;

/// A compiled condition, as `when`, `where`, `skip` and `deleted` have them: every test holds.
struct Predicate {
    std::vector<Test> tests;  ///< Never empty.
};

/// A compiled expression of the grammar in CONFIG.md. Evaluated in this order: source, `trim`, `type`/`format`,
/// `map`/`else`, `default`, `scale`.
struct Expression {
    enum class Source : std::uint8_t { literal, column, first, join, lua, reference, match, lookup };

    Source source = Source::literal;
    std::string field;  ///< For messages: `lines.product`.
    std::string_view file;
    int line = 0;

    Path path;                                     ///< column; lookup: what is taken of the row that is found
    std::optional<std::string> literal;            ///< literal; nothing is null
    std::vector<Expression> parts;                 ///< first, join, reference, match, lookup
    std::vector<Predicate> conditions;             ///< match: of each part; a part more is `else`
    std::string separator;                         ///< join
    int function = 0;                              ///< lua
    int lookup = 0;                                ///< lookup: index into Mapping::lookups
    std::shared_ptr<ReferenceTarget> reference;    ///< reference; shared by copies of the expression
    std::shared_ptr<const ThroughTarget> through;  ///< reference: its key is that of another entity, which has the id

    bool trim = false;
    std::optional<Reading> reading;
    std::shared_ptr<const CodeMap> map;  ///< Shared by all that name the same map of the source.
    bool has_else = false;
    std::optional<std::string> otherwise;
    std::optional<std::string> fallback;  ///< default
    int scale = -1;
};

/// One column's part of a condition.
struct Test {
    Expression column;
    std::optional<bool> present;     ///< Asks only whether there is something.
    std::vector<std::string> texts;  ///< Canonical texts that fit.
    bool null_fits = false;
};

}  // namespace tributary::mapping
