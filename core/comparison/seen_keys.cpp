#include "core/comparison/seen_keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace tributary {

void SeenKeys::begin(std::size_t part, std::uint64_t seed) {
    seed_ = seed;
    part_ = part;
    std::vector<std::uint64_t>().swap(hashes_);
}

std::uint64_t SeenKeys::hash(std::string_view key) const { return XXH3_64bits_withSeed(key.data(), key.size(), seed_); }

void SeenKeys::add(std::string_view key) {
    const std::uint64_t hashed = hash(key);
    if (!ours(hashed)) return;
    // by a quarter: doubled, the largest stream would take half as much again for a moment
    if (hashes_.size() == hashes_.capacity()) hashes_.reserve(hashes_.size() + hashes_.size() / 4 + 64);
    hashes_.push_back(hashed);
    if (hashes_.size() <= most_) return;
    parts_ *= 2;
    std::erase_if(hashes_, [this](std::uint64_t one) { return !ours(one); });
}

void SeenKeys::close() { std::ranges::sort(hashes_); }

bool SeenKeys::contains(std::string_view key) const { return std::ranges::binary_search(hashes_, hash(key)); }

}  // namespace tributary
