#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "core/runtime/preparation.hpp"

namespace tributary {

/// Shows committed events to a person, a line each, and sums them up at the end. One thread.
class EventPrinter {
  public:
    explicit EventPrinter(bool colour) : colour_(colour) {}

    void event(const EventView& event);
    void rejects(std::size_t count) { rejects_ += count; }
    void summary() const;

  private:
    bool colour_;
    std::map<std::string, std::array<std::uint64_t, 4>> counts_;  ///< By entity and ChangeType.
    std::uint64_t rejects_ = 0;
};

}  // namespace tributary
