// What it costs to compare two states of an entity: nanoseconds of CPU time, so that a busy machine does not distort
// them, and allocations per comparison.

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "core/change/change.hpp"
#include "core/change/fold.hpp"

using namespace tributary;

namespace {

std::atomic<std::uint64_t> allocations = 0;

constexpr int rounds = 300'000;

const std::string order =
    R"({"number":"SO-2024-004711","customer_id":"c_3w9k2m7x0q8r5t1v6y4z2a0b9c","status":"confirmed",)"
    R"("channel":"web","ordered_at":"2024-03-14T09:26:53.589793Z","total":{"amount":"1249.5","currency":"EUR"},"lines":[)"
    R"({"number":"1","product_id":"p_7h2k9m4x1q0r8t3v5y6z0a2b4c","quantity":"3","unit":"pcs","price":{"amount":"399.5","currency":"EUR"}},)"
    R"({"number":"2","product_id":"p_0b3d5f7h9k1m2n4q6s8v0x2z4a","quantity":"1","unit":"pcs","price":{"amount":"51","currency":"EUR"}}]})";

std::string with(std::string text, std::string_view what, std::string_view instead) {
    return text.replace(text.find(what), what.size(), instead);
}

double cpu_nanoseconds() {
    timespec now{};
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0) std::abort();
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

template <typename Run>
void measure(std::string_view title, int times, const Run& run) {
    run();  // the buffers' first growth is not what is asked for
    const auto allocated = allocations.load();
    const auto start = cpu_nanoseconds();
    for (int i = 0; i < times; ++i) run();
    const auto took = cpu_nanoseconds() - start;
    fmt::print("{:<52}{:>9.1f} ns {:>7.3f} allocations\n", title, took / times,
               static_cast<double>(allocations.load() - allocated) / times);
}

/// Expects what the comparison says, so that no measurement is of work left out.
void measure_compare(std::string_view title, std::string_view before, std::string_view after, std::size_t pointers) {
    ChangeDetector detector;
    Change change;
    measure(title, rounds, [&] {
        const bool differs = detector.compare(before, after, change);
        if (differs != (pointers > 0) || (differs && change.changed.size() != pointers)) std::abort();
    });
}

void measure_fold() {
    const FoldRules rules = {
        {{"name"}, {"phones", Combine::list, "number", "number"}, {"attributes", Combine::members}}};
    const std::vector<RecordView> records = {
        {0, "1", R"({"name":"Ann","phones":[{"number":"+48221234567"}],"attributes":{"card":"77"}})"},
        {1, "4", R"({"phones":[{"number":"+48501234567","label":"mobile"},{"number":"+48221234567"}]})"},
        {1, "5", R"({"phones":[{"number":"+48601234567","label":"mobile"}],"attributes":{"vip":true}})"}};
    Arena arena;
    measure("fold of three records", rounds, [&] {
        arena.clear();
        if (fold(records, rules, arena).empty()) std::abort();
    });
}

}  // namespace

void* operator new(std::size_t bytes) {
    ++allocations;
    if (void* memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
    fmt::print("an order of {} bytes\n", order.size());
    const std::string same = order;
    measure_compare("equal bytes", order, same, 0);
    measure_compare("status changed", order, with(order, "confirmed", "shipped"), 1);
    measure_compare("status and a line's price changed", order, with(with(order, "confirmed", "shipped"), "399.5", "9"),
                    2);
    measure_compare("equal but for a space", order, with(order, ":", ": "), 0);
    measure_compare("a line gone", order, order.substr(0, order.rfind(",{")) + "]}", 1);
    measure_fold();
}
