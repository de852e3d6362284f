#include "core/comparison/seen_keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace tributary {

void SeenKeys::begin(std::size_t part, std::uint64_t seed) {
    seed_ = seed;
    part_ = part;
    size_ = 0;
    std::vector<std::deque<std::uint32_t>>().swap(hashes_);
}

std::uint64_t SeenKeys::hash(std::string_view key) const { return XXH3_64bits_withSeed(key.data(), key.size(), seed_); }

void SeenKeys::add(std::string_view key) {
    const std::uint64_t hashed = hash(key);
    if (!ours(hashed)) return;
    if (hashes_.empty()) hashes_.resize(buckets);
    hashes_[bucket_of(hashed)].push_back(static_cast<std::uint32_t>(hashed));
    if (++size_ > most_) halve();
}

void SeenKeys::halve() {
    parts_ *= 2;
    for (auto& bucket : hashes_) size_ -= std::erase_if(bucket, [this](std::uint32_t one) { return !ours(one); });
}

void SeenKeys::close() {
    for (auto& bucket : hashes_) std::ranges::sort(bucket);
}

bool SeenKeys::contains(std::string_view key) const {
    if (hashes_.empty()) return false;
    const std::uint64_t hashed = hash(key);
    return std::ranges::binary_search(hashes_[bucket_of(hashed)], static_cast<std::uint32_t>(hashed));
}

}  // namespace tributary
