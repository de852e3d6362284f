#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// The keys of a stream that the cache knows: those of its states and of its rejects, each once. A page at a time, so
/// that the cache's owner is never held up for long. `cache_busy` (retry): no answer now, ask the same again later.
class KnownKeys {
  public:
    virtual ~KnownKeys() = default;

    struct Place {
        bool rejects = false;  ///< The states were told; rejects come after them.
        std::string after;
    };
    struct Page {
        std::vector<std::string> keys;
        Place next;
        bool end = false;
    };
    virtual Result<Page> keys(StreamNo stream, const Place& from, std::size_t most) = 0;
    /// Those of `keys` that the cache does not know.
    virtual Result<std::vector<std::string>> unknown(StreamNo stream, const std::vector<std::string>& keys) = 0;
};

}  // namespace tributary
