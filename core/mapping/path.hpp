#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/value.hpp"

namespace tributary::mapping {

/// One step of a path: a name in an object, or an index into a list. Remembers where the name stood in the shape it
/// met last, so that rows of one result are read by index.
struct Step {
    std::string name;
    std::int64_t index = -1;  ///< Of a list; -1: a name.

    /// The value under the name, or nullptr when the object has none.
    const Value* in(const Object& object) const;

  private:
    mutable std::uint64_t known_shape_ = 0;
    mutable int known_index_ = -1;
};

/// `number`, `to_Item.results[0].Item`, `["odd name"].x`, `^currency` (one row up).
struct Path {
    int up = 0;
    std::vector<Step> steps;  ///< Never empty; the first is a name.
    std::string text;         ///< As written.
};

/// The reason is a phrase for a message: "expected a name after '.'".
std::expected<Path, std::string> parse_path(std::string_view text);

}  // namespace tributary::mapping
