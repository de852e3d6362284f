#pragma once

#include <memory>
#include <vector>

#include "core/connector/connector.hpp"

namespace tributary {

/// A source without feeds, for connectors of which only the settings matter.
class NoSource : public Source {
  public:
    const std::vector<FeedInfo>& feeds() const override { return feeds_; }
    std::unique_ptr<Feed> open(std::size_t) override { return nullptr; }

  private:
    std::vector<FeedInfo> feeds_;
};

}  // namespace tributary
