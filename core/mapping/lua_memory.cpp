#include "core/mapping/lua_memory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace tributary::mapping {

void* LuaMemory::resize(void* block, std::size_t old_size, std::size_t size) {
    // without a block, old_size is a code for what is being made
    const std::size_t before = block == nullptr ? 0 : old_size;
    if (size > before && !allows(size - before)) return nullptr;
    void* const given = moved(block, before, size);
    if (given != nullptr || size == 0) held_ = held_ + size - before;
    return given;
}

bool LuaMemory::allows(std::size_t more) {
    asked_ += more;
    return !limited_ || (held_ + more <= limits_.held && asked_ <= limits_.asked);
}

void* LuaMemory::moved(void* block, std::size_t before, std::size_t size) {
    if (block == nullptr) return size == 0 ? nullptr : take(size);
    if (is_pooled(before) && class_of(before) == class_of(size)) return block;
    if (!is_pooled(before) && !is_pooled(size)) return std::realloc(block, size);
    void* const given = size == 0 ? nullptr : take(size);
    // Lua does not expect that a block cannot shrink
    if (size != 0 && given == nullptr) return size < before ? block : nullptr;
    if (given != nullptr) std::memcpy(given, block, std::min(before, size));
    give(block, before);
    return given;
}

void* LuaMemory::take(std::size_t size) {
    if (!is_pooled(size)) return std::malloc(size);
    Free*& head = free_[class_of(size)];
    if (head == nullptr) return carve(class_of(size) * grain);
    Free* const block = head;
    head = block->next;
    return block;
}

void LuaMemory::give(void* block, std::size_t size) {
    if (!is_pooled(size)) return std::free(block);
    Free*& head = free_[class_of(size)];
    head = new (block) Free{head};
}

/// What is left of the slab before is never more than one block, and is left.
void* LuaMemory::carve(std::size_t bytes) {
    if (static_cast<std::size_t>(end_ - next_) < bytes) {
        std::unique_ptr<std::byte[]> slab(new (std::nothrow) std::byte[slab_bytes]);
        if (slab == nullptr) return nullptr;
        next_ = slab.get();
        end_ = next_ + slab_bytes;
        slabs_.push_back(std::move(slab));
    }
    void* const block = next_;
    next_ += bytes;
    return block;
}

}  // namespace tributary::mapping
