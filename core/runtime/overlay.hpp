#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/store/state_store.hpp"

namespace tributary {

/// What the transaction in preparation has already decided about a key, on top of the store: an index into the caller's
/// list of writes. Open addressing over (stream, key); keeps its memory between transactions, so that no row allocates.
class Overlay {
  public:
    void clear();
    /// Index of the last write of that key, or -1.
    std::int64_t find(std::uint32_t space, std::string_view key) const;
    void put(std::uint32_t space, std::string_view key, std::size_t index);

  private:
    struct Slot {
        std::uint64_t hash = 0;  ///< 0: free
        std::uint32_t space = 0;
        std::uint32_t index = 0;
        std::string_view key;
    };
    std::size_t slot_of(std::uint64_t hash, std::uint32_t space, std::string_view key) const;
    void grow();

    std::vector<Slot> slots_;
    std::size_t used_ = 0;
};

}  // namespace tributary
