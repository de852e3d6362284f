#include "core/runtime/overlay.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace tributary {

namespace {

std::uint64_t hash_of(std::uint32_t space, std::string_view key) {
    return XXH3_64bits_withSeed(key.data(), key.size(), space) | 1;
}

}  // namespace

void Overlay::clear() {
    if (used_ == 0) return;
    std::ranges::fill(slots_, Slot{});
    used_ = 0;
}

std::size_t Overlay::slot_of(std::uint64_t hash, std::uint32_t space, std::string_view key) const {
    std::size_t at = hash >> 8 & (slots_.size() - 1);
    while (slots_[at].hash != 0 && !(slots_[at].hash == hash && slots_[at].space == space && slots_[at].key == key))
        at = (at + 1) & (slots_.size() - 1);
    return at;
}

std::int64_t Overlay::find(std::uint32_t space, std::string_view key) const {
    if (used_ == 0) return -1;
    const Slot& slot = slots_[slot_of(hash_of(space, key), space, key)];
    return slot.hash == 0 ? -1 : static_cast<std::int64_t>(slot.index);
}

void Overlay::put(std::uint32_t space, std::string_view key, std::size_t index) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    const std::uint64_t hash = hash_of(space, key);
    Slot& slot = slots_[slot_of(hash, space, key)];
    if (slot.hash == 0) ++used_;
    slot = {hash, space, static_cast<std::uint32_t>(index), key};
}

void Overlay::grow() {
    std::vector<Slot> old(std::max<std::size_t>(1024, slots_.size() * 2));
    old.swap(slots_);
    for (const Slot& slot : old)
        if (slot.hash != 0) slots_[slot_of(slot.hash, slot.space, slot.key)] = slot;
}

}  // namespace tributary
