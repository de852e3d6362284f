#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/arena.hpp"

namespace tributary {

/// How the records of one entity agree on a field.
enum class Combine : std::uint8_t {
    first,    ///< The first record that has it decides, whole: scalars, money, references.
    members,  ///< An object merged by name, each member decided by the first record that has it: `attributes`.
    list,     ///< Joined, without repetitions, in the order of the list's key.
};

/// What folding knows of an entity's schema; filled once from the catalogue of entities.
struct FoldRules {
    struct Field {
        std::string name;
        Combine combine = Combine::first;
        std::string sort = {};  ///< Member a list's elements are ordered by; empty: by the whole element.
        std::string same = {};  ///< Member that makes elements of two records one; empty: the whole element.
    };
    std::vector<Field> fields;  ///< In the order in which documents are written.
};

/// One record of an entity: what one source row says about it.
struct RecordView {
    std::uint32_t precedence = 0;  ///< Of the record's stream; the lowest decides.
    std::string_view key;          ///< Of the record in its stream: decides between records of one stream.
    std::string_view document;     ///< Canonical JSON object, as the mapping writes it.
    std::string_view since = {};   ///< RFC 3339, fixed width: among records of one precedence the newest decides.
};

/// The entity that its records make together, as canonical as they are: fields in the order of the rules, then any the
/// rules do not know by name; nulls absent. The order of `records` is of no account. One record is its own fold, byte
/// for byte; none is the empty text, an entity that is not there.
///
/// In lists an element that an earlier record has already is left out, whole: an address is never put together from two
/// sources. What one record repeats stays repeated (two lines of one order may be alike).
///
/// The result is a view into `arena` or one of the documents. Pure; nothing is allocated elsewhere.
std::string_view fold(std::span<const RecordView> records, const FoldRules& rules, Arena& arena);

}  // namespace tributary
