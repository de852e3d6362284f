#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "bench/row_path.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// From sanitizer/allocator_interface.h, which GCC 12 does not install.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                                         void (*free_hook)(const volatile void*));
#endif

// bench/row_path.cpp counts what C allocates, too, and says what each stage costs; this one guards every build.

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// an operator new of our own would hide mistakes from the sanitizer: its hooks count instead
[[maybe_unused]] const int hooks = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { ++allocations; }, [](const volatile void*) {});
#else
void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace tributary::row_path {
namespace {

constexpr double most_allocations = 0.1;

/// Allocations per row of the last of several batches, each compared with the one before.
double allocations_per_row(std::string_view stream, bool with_lines) {
    Diagnostics diagnostics;
    RowPath path(stream, diagnostics);
    REQUIRE(diagnostics.text() == "");
    std::vector<Sent> sent;
    for (std::int64_t round = 0; round < 4; ++round)
        sent.push_back({order_messages(round), with_lines ? line_messages(round) : std::vector<std::string>()});
    Arena arenas[2];
    std::vector<std::string_view> documents[2];
    std::uint64_t counted = 0;
    for (std::size_t batch = 0; batch < 2 * sent.size(); ++batch) {
        const std::uint64_t before = allocations;
        auto& after = documents[batch % 2];
        arenas[batch % 2].clear();
        path.decode(sent[batch % sent.size()], arenas[batch % 2]);
        path.map(arenas[batch % 2], after);
        if (batch > 0) REQUIRE(path.compare(documents[(batch + 1) % 2], after) == rows_of_batch);
        counted = allocations - before;
    }
    return static_cast<double>(counted) / rows_of_batch;
}

TEST_CASE("a row is decoded, mapped and compared without an allocation of its own", "[row_path]") {
    CHECK(allocations_per_row("order", false) <= most_allocations);
    CHECK(allocations_per_row("order_with_lua", false) <= most_allocations);
    CHECK(allocations_per_row("order_with_lines", true) <= most_allocations);
}

}  // namespace
}  // namespace tributary::row_path
