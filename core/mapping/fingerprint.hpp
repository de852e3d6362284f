#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/settings/node.hpp"

namespace tributary::mapping {

/// A hash over parts of a definition that does not depend on comments, layout or the order of keys.
class Fingerprint {
  public:
    Fingerprint& add(std::string_view text);
    /// Absent and null nodes count as the same.
    Fingerprint& add(const Node* node);
    /// XXH3-128 in hexadecimal.
    std::string text() const;
    static constexpr std::size_t text_size = 32;

  private:
    std::string bytes_;
};

}  // namespace tributary::mapping
