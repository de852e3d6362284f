#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace tributary::mapping {

/// Memory of one Lua state, counted and limited. Small blocks, which every call makes and the collector gives back, are
/// kept and used again: a row costs no allocation. Not thread-safe; must outlive the state.
class LuaMemory {
  public:
    struct Limits {
        std::size_t held = 0;   ///< Bytes at a time.
        std::size_t asked = 0;  ///< Bytes in one call, given back or not.
    };

    explicit LuaMemory(const Limits& limits) : limits_(limits) {}

    /// Until `end_call` more than the limits is refused, which Lua reports as "not enough memory".
    void begin_call() {
        asked_ = 0;
        limited_ = true;
    }
    void end_call() { limited_ = false; }

    /// What lua_Alloc has to do: `size` 0 frees, no `block` allocates.
    void* resize(void* block, std::size_t old_size, std::size_t size);

  private:
    static constexpr std::size_t grain = 16;
    static constexpr std::size_t most_pooled = 512;
    static constexpr std::size_t slab_bytes = 16 * 1024;

    struct Free {
        Free* next;
    };

    static bool is_pooled(std::size_t size) { return size <= most_pooled; }
    static std::size_t class_of(std::size_t size) { return (size + grain - 1) / grain; }
    bool allows(std::size_t more);
    void* moved(void* block, std::size_t before, std::size_t size);
    void* take(std::size_t size);
    void give(void* block, std::size_t size);
    void* carve(std::size_t bytes);

    Limits limits_;
    std::size_t held_ = 0;
    std::size_t asked_ = 0;
    bool limited_ = false;  ///< Off while Tributary itself sets things up.
    std::array<Free*, most_pooled / grain + 1> free_{};
    std::vector<std::unique_ptr<std::byte[]>> slabs_;
    std::byte* next_ = nullptr;
    std::byte* end_ = nullptr;
};

}  // namespace tributary::mapping
