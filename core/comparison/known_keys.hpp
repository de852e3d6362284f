#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.hpp"
#include "core/store/state_store.hpp"

namespace tributary {

/// A row that a source lists: its key, parts joined, and the version it is in.
struct ListedKey {
    std::string key;
    RowVersion version = 0;
};

/// What the cache calls a stream: one number, with `emit` those of its parts as well.
using StreamNos = std::vector<StreamNo>;

/// The keys of a stream that the cache knows: those of its states and of its rejects, each once. A page at a time, so
/// that the cache's owner is never held up for long. `cache_busy` (retry): no answer now, ask the same again later.
class KnownKeys {
  public:
    virtual ~KnownKeys() = default;

    struct Place {
        std::size_t list = 0;  ///< Of the first number the states, then its rejects, then those of the next number.
        std::string after;
    };
    struct Page {
        std::vector<std::string> keys;
        Place next;
        bool end = false;
    };
    virtual Result<Page> keys(const StreamNos& stream, const Place& from, std::size_t most) = 0;
    /// Those of `keys` that the cache does not know, or knows in another version.
    virtual Result<std::vector<ListedKey>> news(const StreamNos& stream, const std::vector<ListedKey>& keys) = 0;
};

}  // namespace tributary
