#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/configuration/configuration.hpp"

namespace tributary {

/// Which streams a command is about: `source/stream`, or `source` for all of its streams; no names mean all there are.
class StreamChoice {
  public:
    explicit StreamChoice(std::vector<std::string> names) : names_(std::move(names)) {}

    bool has(std::string_view source, std::string_view stream) const;

    /// What to say about the first name that names nothing in the configuration.
    std::optional<std::string> unknown(const Configuration& configuration) const;

  private:
    std::vector<std::string> names_;
};

}  // namespace tributary
