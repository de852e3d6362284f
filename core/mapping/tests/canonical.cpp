#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

constexpr std::string_view definition = R"(
source: {time_zone: Europe/Warsaw, defaults: {currency: EUR}}
stream:
  entity: sales_order
  key: [id]
  fields:
    number: number
    ordered_at: at
    total: total
    lines: {each: lines, fields: {number: no, quantity: qty, price: price}}
    attributes: {extra: extra}
)";

struct Line {
    std::int64_t number;
    std::int64_t quantity;
};

/// One order in one of the many ways a source may spell it.
class Speller {
  public:
    explicit Speller(unsigned seed) : random_(seed) {}

    Object order(std::vector<Line> lines, Arena& arena) {
        std::ranges::shuffle(lines, random_);
        const std::vector<std::pair<std::string, Value>> fields = {
            {"id", integer(7, arena)},      {"number", integer(1001, arena)}, {"at", instant(arena)},
            {"total", integer(120, arena)}, {"lines", rows(lines, arena)},    {"extra", json(arena)},
        };
        return object(fields, arena);
    }

  private:
    bool heads() { return std::uniform_int_distribution<>(0, 1)(random_) == 1; }

    Value integer(std::int64_t value, Arena& arena) {
        switch (std::uniform_int_distribution<>(0, 3)(random_)) {
            case 0:
                return Value::of(value);
            case 1:
                return Value::decimal(arena.copy(fmt::format("{}.00", value)));
            case 2:
                return Value::decimal(arena.copy(fmt::format("00{}", value)));
            default:
                return Value::text(arena.copy(fmt::format("{}", value)));
        }
    }

    Value instant(Arena& arena) {
        constexpr std::int64_t ten = 1'769'850'000'000'000;  // 2026-01-31T09:00:00Z
        switch (std::uniform_int_distribution<>(0, 2)(random_)) {
            case 0:
                return Value::instant(ten);
            case 1:
                return Value::naive(ten + 3'600'000'000);
            default:
                return Value::text(arena.copy("2026-01-31T11:00:00.000+02:00"));
        }
    }

    Value json(Arena& arena) {
        return Value::json(arena.copy(heads() ? R"({"a": 1.50, "b": ["x", 1000], "c": null})"
                                              : R"({ "b":["\u0078",1e3], "a":15e-1 })"));
    }

    Value rows(const std::vector<Line>& lines, Arena& arena) {
        auto items = arena.array<Value>(lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i)
            items[i] = Value::of(arena.copy_of(object({{"no", integer(lines[i].number, arena)},
                                                       {"qty", integer(lines[i].quantity, arena)},
                                                       {"price", integer(3, arena)}},
                                                      arena)));
        return Value::list(items);
    }

    Object object(std::vector<std::pair<std::string, Value>> fields, Arena& arena) {
        std::ranges::shuffle(fields, random_);
        auto& shape = *shapes_.emplace_back(std::make_unique<Shape>());
        auto values = arena.array<Value>(fields.size());
        for (std::size_t i = 0; i < fields.size(); ++i) {
            shape.names.push_back(fields[i].first);
            values[i] = fields[i].second;
        }
        return {&shape, values.data()};
    }

    std::mt19937 random_;
    std::vector<std::unique_ptr<Shape>> shapes_;
};

TEST_CASE("equal content is equal bytes, however a source spells and orders it", "[mapping]") {
    YamlFiles files;
    Diagnostics diagnostics;
    const Node node = files.parse(definition, "test.yaml", process_environment(), diagnostics);
    const auto mapping =
        Mapping::compile({"acme", "erp", "orders", node.find("stream"), node.find("source")}, diagnostics);
    INFO(diagnostics.text());
    REQUIRE(mapping != nullptr);
    const std::vector<Line> lines = {{1, 5}, {2, 5}, {9, 1}, {10, 4}, {11, 4}, {100, 7}};
    const std::string_view expected =
        R"({"number":"1001","ordered_at":"2026-01-31T09:00:00Z","total":{"amount":"120","currency":"EUR"},"lines":[)"
        R"({"number":"1","quantity":"5","price":{"amount":"3","currency":"EUR"}},)"
        R"({"number":"2","quantity":"5","price":{"amount":"3","currency":"EUR"}},)"
        R"({"number":"9","quantity":"1","price":{"amount":"3","currency":"EUR"}},)"
        R"({"number":"10","quantity":"4","price":{"amount":"3","currency":"EUR"}},)"
        R"({"number":"11","quantity":"4","price":{"amount":"3","currency":"EUR"}},)"
        R"({"number":"100","quantity":"7","price":{"amount":"3","currency":"EUR"}}],)"
        R"("attributes":{"extra":{"a":"1.5","b":["x",1000]}}})";
    std::optional<EntityId> id;
    for (unsigned seed = 0; seed < 500; ++seed) {
        Arena arena;
        Speller speller(seed);
        Row row;
        row.values = speller.order(lines, arena);
        const Value key = row.values.values[row.values.shape->find("id")];
        row.key = {&key, 1};
        const MappedRow mapped = mapping->map(row, arena);
        INFO("seed " << seed << (mapped.reject == nullptr ? "" : std::string(mapped.reject->reason)));
        REQUIRE(mapped.reject == nullptr);
        REQUIRE(mapped.records[0].document == expected);
        if (!id) id = mapped.records[0].id;
        REQUIRE(mapped.records[0].id == *id);
        REQUIRE(mapped.key == "7");
    }
}

}  // namespace
}  // namespace tributary
