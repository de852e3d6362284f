#pragma once

#include <cstddef>
#include <string_view>

namespace tributary {

/// A member of an object or an element of a list, as spelled: `name` without its quotes but with its escapes, empty for
/// elements; `value` whole.
struct Slice {
    std::string_view name;
    std::string_view value;
};

/// Steps through the members of an object or the elements of a list without parsing what is in them. For canonical
/// JSON, as the mapping writes it: no white space. What is something else has no slices, what is cut off ends early;
/// nothing is read outside of `container`.
///
///     for (Slices slices(document); slices.next(slice);) …
class Slices {
  public:
    explicit Slices(std::string_view container);

    bool next(Slice& slice);

  private:
    bool take_name(std::string_view& name);

    std::string_view rest_;  ///< Behind the opening bracket, or behind a comma.
    bool named_ = false;
};

std::size_t count_slices(std::string_view container);

}  // namespace tributary
