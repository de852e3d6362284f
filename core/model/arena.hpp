#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tributary {

/// Chunks that arenas gave back, for the next ones: fresh memory costs a page fault for every 4 KB. Any thread.
class ChunkPool {
  public:
    static constexpr std::size_t chunk_bytes = 256 * 1024;

    struct Return {
        std::size_t size = 0;
        void operator()(char* memory) const { give(memory, size); }
    };
    using Memory = std::unique_ptr<char[], Return>;

    /// Uninitialised.
    static Memory take(std::size_t size) {
        if (size == chunk_bytes) {
            Free& free = free_chunks();
            const std::lock_guard lock(free.mutex);
            if (!free.chunks.empty()) {
                char* const memory = free.chunks.back().release();
                free.chunks.pop_back();
                return Memory(memory, {size});
            }
        }
        return Memory(new char[size], {size});
    }

  private:
#ifdef __SANITIZE_ADDRESS__
    static constexpr std::size_t most_free = 0;  // a sanitizer is to see who uses memory that was given back
#else
    static constexpr std::size_t most_free = 64;  ///< 16 MB.
#endif

    struct Free {
        std::mutex mutex;
        std::vector<std::unique_ptr<char[]>> chunks;
    };

    /// Never destroyed: arenas that live as long as the process give back after everything else.
    static Free& free_chunks() {
        static Free* const free = new Free;
        return *free;
    }

    static void give(char* memory, std::size_t size) {
        std::unique_ptr<char[]> owned(memory);
        if (size != chunk_bytes) return;
        Free& free = free_chunks();
        const std::lock_guard lock(free.mutex);
        if (free.chunks.size() < most_free) free.chunks.push_back(std::move(owned));
    }
};

/// Memory of one batch: rows, records and documents are views into it, and all of it is freed at once.
/// Not thread-safe; an arena is handed from thread to thread together with its batch. Addresses stay valid until
/// `clear` or destruction, also when the arena object itself is moved.
class Arena {
  public:
    static constexpr std::size_t chunk_bytes = ChunkPool::chunk_bytes;

    /// Uninitialised memory for `bytes` bytes.
    char* allocate(std::size_t bytes, std::size_t alignment = 1) {
        auto start = (reinterpret_cast<std::uintptr_t>(next_) + alignment - 1) & ~(alignment - 1);
        if (next_ == nullptr || start + bytes > reinterpret_cast<std::uintptr_t>(end_)) {
            grow(bytes + alignment);
            start = (reinterpret_cast<std::uintptr_t>(next_) + alignment - 1) & ~(alignment - 1);
        }
        next_ = reinterpret_cast<char*>(start + bytes);
        return reinterpret_cast<char*>(start);
    }

    std::string_view copy(std::string_view text) {
        if (text.empty()) return {};
        char* to = allocate(text.size());
        std::memcpy(to, text.data(), text.size());
        return {to, text.size()};
    }

    /// `count` value-initialised elements. Destructors never run.
    template <typename T>
        requires std::is_trivially_destructible_v<T>
    std::span<T> array(std::size_t count) {
        if (count == 0) return {};
        auto* first = reinterpret_cast<T*>(allocate(count * sizeof(T), alignof(T)));
        std::uninitialized_value_construct_n(first, count);
        return {first, count};
    }

    template <typename T>
        requires std::is_trivially_destructible_v<T>
    const T* copy_of(const T& value) {
        auto one = array<T>(1);
        one[0] = value;
        return one.data();
    }

    /// Gives back the unused tail of the newest allocation: `used` of the `reserved` bytes at `start` are kept.
    void shrink(char* start, std::size_t reserved, std::size_t used) {
        if (start + reserved == next_) next_ = start + used;
    }

    /// Bytes held from the system; what byte-bounded queues count.
    std::size_t bytes() const { return bytes_; }

    void clear() {
        if (chunks_.size() > 1) chunks_.resize(1);
        bytes_ = chunks_.empty() ? 0 : chunks_.front().size;
        next_ = chunks_.empty() ? nullptr : chunks_.front().memory.get();
        end_ = next_ + bytes_;
    }

  private:
    struct Chunk {
        ChunkPool::Memory memory;
        std::size_t size = 0;
    };

    void grow(std::size_t at_least) {
        const std::size_t size = at_least > chunk_bytes ? at_least : chunk_bytes;
        chunks_.push_back({ChunkPool::take(size), size});
        next_ = chunks_.back().memory.get();
        end_ = next_ + size;
        bytes_ += size;
    }  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks): chunks_ owns it

    std::vector<Chunk> chunks_;
    char* next_ = nullptr;
    char* end_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace tributary
