// CPU nanoseconds and heap allocations per row of the mapping: ./run build release mapping && build/release/mapping
// [ROWS]
#include <fmt/format.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>

#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

namespace {

std::atomic<std::size_t> allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* given = std::malloc(size)) return given;
    throw std::bad_alloc();
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }

namespace tributary {
namespace {

constexpr std::size_t rows_of_batch = 10'000;

constexpr std::string_view plain = R"yaml(
source: {time_zone: Europe/Warsaw, defaults: {currency: EUR}}
stream:
  entity: sales_order
  key: [id]
  fields:
    number: number
    customer: {reference: customer, from: customer_id}
    status: {from: status, map: {N: open, P: confirmed, S: shipped, X: cancelled}}
    channel: channel
    ordered_at: ordered_at
    promised_at: promised_on
    total: {amount: total, currency: currency}
    attributes: {note: note}
)yaml";

constexpr std::string_view scripted = R"yaml(
source: {defaults: {currency: EUR}}
stream:
  entity: sales_order
  key: [id]
  fields:
    number: number
    total: {lua: "row.total * 2 - div(row.total, 3, 2)"
}
)yaml";

constexpr std::string_view contact = R"yaml(
source: {defaults: {phone_region: PL}}
stream:
  entity: customer
  key: [id]
  fields:
    name: number
    phones: [{number: note}]
)yaml";

struct Made {
    Arena arena;
    std::vector<Row> rows;
};

const Shape& shape() {
    static const Shape columns{
        {"id", "number", "customer_id", "status", "channel", "ordered_at", "promised_on", "total", "currency", "note"}};
    return columns;
}

Made make_rows() {
    Made made;
    static constexpr std::string_view statuses[] = {"N", "P", "S", "X"};
    for (std::size_t i = 0; i < rows_of_batch; ++i) {
        auto values = made.arena.array<Value>(shape().names.size());
        const auto n = static_cast<std::int64_t>(i);
        const auto text = [&](const std::string& content) { return made.arena.copy(content); };
        values[0] = Value::of(n);
        values[1] = Value::text(text(fmt::format("SO-{:08}", i)));
        values[2] = Value::of(n % 1000);
        values[3] = Value::text(statuses[i % 4]);
        values[4] = Value::text("web");
        values[5] = Value::naive(1'700'000'000'000'000 + n * 60'000'000);
        values[6] = Value::date(20'000 + n % 400);
        values[7] = Value::decimal(text(fmt::format("{}.{:02}", i % 5000, i % 100)));
        values[8] = Value::text("EUR");
        values[9] = Value::text(text(fmt::format("22 55{:05}", i)));
        Row row;
        row.values = {&shape(), values.data()};
        row.key = values.first(1);
        made.rows.push_back(row);
    }
    return made;
}

void measure(std::string_view name, std::string_view yaml, const Made& made, std::size_t rows) {
    YamlFiles files;
    Diagnostics diagnostics;
    const Node node = files.parse(yaml, "bench.yaml", process_environment(), diagnostics);
    const auto mapping =
        Mapping::compile({"acme", "erp", "orders", node.find("stream"), node.find("source")}, diagnostics);
    if (mapping == nullptr) {
        std::fputs(diagnostics.text().c_str(), stderr);
        std::exit(1);
    }
    Arena arena;
    std::size_t bytes = 0;
    const auto pass = [&] {
        arena.clear();
        for (const Row& row : made.rows) bytes += mapping->map(row, arena).records[0].document.size();
    };
    pass();
    const std::size_t allocations_before = allocations;
    // of this process: a figure that other work on the machine does not change
    const std::clock_t begin = std::clock();
    std::size_t done = 0;
    for (; done < rows; done += made.rows.size()) pass();
    const double nanoseconds = static_cast<double>(std::clock() - begin) * 1e9 / CLOCKS_PER_SEC;
    const auto count = static_cast<double>(done);
    fmt::print("{:24} {:8.0f} CPU ns/row {:8.4f} allocations/row {:6.0f} bytes/document\n", name, nanoseconds / count,
               static_cast<double>(allocations - allocations_before) / count,
               static_cast<double>(bytes) / (count + static_cast<double>(made.rows.size())));
}

}  // namespace
}  // namespace tributary

int main(int argc, char* argv[]) {
    using namespace tributary;
    std::size_t rows = 1'000'000;
    if (argc > 1) std::from_chars(argv[1], argv[1] + std::strlen(argv[1]), rows);
    const Made made = make_rows();
    measure("order, 9 columns", plain, made, rows);
    measure("order, one Lua", scripted, made, rows);
    measure("customer, one phone", contact, made, rows / 10);
}
