#include "core/comparison/seen_keys.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <bit>
#include <utility>

namespace tributary {

namespace {

constexpr std::size_t fewest_slots = 64;

}  // namespace

void SeenKeys::begin(std::size_t part, std::uint64_t seed) {
    seed_ = seed;
    part_ = part;
    size_ = 0;
    std::vector<std::uint64_t>(fewest_slots).swap(slots_);
}

std::uint64_t SeenKeys::hash(std::string_view key) const { return XXH3_64bits_withSeed(key.data(), key.size(), seed_); }

bool SeenKeys::ours(std::string_view key) const { return ours(hash(key)); }

void SeenKeys::add(std::string_view key) {
    const std::uint64_t hashed = hash(key);
    if (!ours(hashed)) return;
    put(hashed);
    if (size_ > most_) {
        parts_ *= 2;
        rebuild(slots_.size());
    } else if (size_ * 4 > slots_.size() * 3) {
        rebuild(slots_.size() * 2);
    }
}

/// The low bits choose the part, the high ones the slot.
void SeenKeys::put(std::uint64_t hash) {
    const std::uint64_t stored = hash == 0 ? 1 : hash;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (hash >> (64 - std::bit_width(mask))) & mask;
    while (slots_[at] != 0 && slots_[at] != stored) at = (at + 1) & mask;
    if (slots_[at] == stored) return;
    slots_[at] = stored;
    ++size_;
}

void SeenKeys::rebuild(std::size_t slots) {
    const auto before = std::exchange(slots_, std::vector<std::uint64_t>(slots));
    size_ = 0;
    for (const std::uint64_t hash : before)
        if (hash != 0 && ours(hash)) put(hash);
}

bool SeenKeys::contains(std::string_view key) const {
    const std::uint64_t hashed = hash(key);
    const std::uint64_t stored = hashed == 0 ? 1 : hashed;
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = (hashed >> (64 - std::bit_width(mask))) & mask;
    while (slots_[at] != 0 && slots_[at] != stored) at = (at + 1) & mask;
    return slots_[at] == stored;
}

}  // namespace tributary
