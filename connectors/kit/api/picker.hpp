#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/model/value.hpp"

namespace tributary::api {

/// Takes the members of objects by name, into a fixed order. Rows that look alike share a shape, so that names are
/// looked up once for each.
class Picker {
  public:
    Picker() = default;
    explicit Picker(std::vector<std::string> names) : names_(std::move(names)) {}

    std::size_t size() const { return names_.size(); }
    /// Nulls where the object has no such member. `to` has room for `size()` values.
    void pick(const Object& object, Value* to);

  private:
    std::vector<std::string> names_;
    std::uint64_t shape_ = 0;  ///< Serial of the one met last.
    std::vector<int> places_;
};

}  // namespace tributary::api
