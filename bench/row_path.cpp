// What one row costs from PostgreSQL's COPY message to the comparison with its last state: CPU nanoseconds and heap
// allocations of each stage; fails above 0.1 allocations. ./run build release row_path && build/release/row_path [ROWS]
//
// Every allocation of the process is counted, C's as well as C++'s: malloc itself is replaced here, hence no mimalloc.
// What libpq does is not in it: PQgetCopyData gives each row in a buffer of its own.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "bench/row_path.hpp"

namespace {

std::uint64_t allocations = 0;  // one thread

}  // namespace

extern "C" {

// glibc's own, under the names it keeps for whoever replaces malloc
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    ++allocations;
    return __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
    ++allocations;
    return __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}
void free(void* block) { __libc_free(block); }
}

namespace tributary::row_path {
namespace {

constexpr double most_allocations = 0.1;  ///< Per row.

/// Nanoseconds are CPU time of this process: other work on the machine does not change them.
struct Cost {
    double nanoseconds = 0;
    std::uint64_t allocations = 0;

    template <typename Run>
    void add(const Run& run) {
        const std::uint64_t allocated = ::allocations;
        const std::clock_t begin = std::clock();
        run();
        nanoseconds += static_cast<double>(std::clock() - begin) * 1e9 / CLOCKS_PER_SEC;
        allocations += ::allocations - allocated;
    }
    void print(std::string_view stage, std::size_t rows) const {
        fmt::print("  {:10} {:8.0f} CPU ns/row {:8.4f} allocations/row\n", stage,
                   nanoseconds / static_cast<double>(rows),
                   static_cast<double>(allocations) / static_cast<double>(rows));
    }
};

/// Each batch is compared with the one before, in which every order had another status and another total where there
/// are several rounds. False: more is allocated than may be.
bool measure(std::string_view title, std::string_view stream, bool with_lines, std::int64_t rounds, std::size_t rows) {
    Diagnostics diagnostics;
    RowPath path(stream, diagnostics);
    if (diagnostics.has_errors()) {
        std::fputs(diagnostics.text().c_str(), stderr);
        std::exit(1);
    }
    std::vector<Sent> sent;
    for (std::int64_t round = 0; round < rounds; ++round)
        sent.push_back({order_messages(round), with_lines ? line_messages(round) : std::vector<std::string>()});
    Arena arenas[2];
    std::vector<std::string_view> documents[2];
    Cost decode, map, compare;
    std::size_t done = 0, changes = 0;
    for (std::size_t batch = 0; done < rows; ++batch) {
        // the buffers' first growth is not what is asked for
        if (batch == 3) decode = map = compare = {}, changes = done = 0;
        const Sent& now = sent[batch % sent.size()];
        Arena& arena = arenas[batch % 2];
        auto& after = documents[batch % 2];
        const auto& before = documents[(batch + 1) % 2];
        arena.clear();
        decode.add([&] { path.decode(now, arena); });
        map.add([&] { path.map(arena, after); });
        compare.add([&] { changes += before.empty() ? 0 : path.compare(before, after); });
        done += rows_of_batch;
    }
    fmt::print("{}, {:.0f}% of the rows differ\n", title,
               100.0 * static_cast<double>(changes) / static_cast<double>(done));
    decode.print("decode", done);
    map.print("map", done);
    compare.print("compare", done);
    Cost all{decode.nanoseconds + map.nanoseconds + compare.nanoseconds,
             decode.allocations + map.allocations + compare.allocations};
    all.print("together", done);
    return static_cast<double>(all.allocations) <= most_allocations * static_cast<double>(done);
}

}  // namespace
}  // namespace tributary::row_path

int main(int argc, char* argv[]) {
    using namespace tributary::row_path;
    std::size_t rows = 1'000'000;
    if (argc > 1) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rows);
    rows = std::max(rows, 10 * rows_of_batch);
    bool good = true;
    for (const std::int64_t rounds : {1, 4}) {
        good = measure("order, 10 columns", "order", false, rounds, rows) && good;
        good = measure("order with Lua", "order_with_lua", false, rounds, rows) && good;
        good = measure("order with two lines", "order_with_lines", true, rounds, rows) && good;
    }
    return good ? 0 : 1;
}
