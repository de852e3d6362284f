#pragma once

#include <string>

#include "core/connector/connector.hpp"

namespace tributary::@NAME@ {

/// Rows `{line, text}` of a file that grows at its end; the key is the line's number. A line counts once its line end
/// is there.
class LineFeed : public Feed {
  public:
    explicit LineFeed(std::string path) : path_(std::move(path)) {}

    Result<Batch> pull(const Position& after, const Limits& limits, std::stop_token stop) override;

  private:
    std::string path_;
};

}  // namespace tributary::@NAME@
