// libFuzzer target: rows with hostile values through mappings that use the whole grammar. Whatever comes in, the result
// is a reject with a reason, or a document that is JSON and has the same bytes when the row is mapped again.
#include <rapidjson/document.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

constexpr std::string_view definition = R"yaml(
source: {time_zone: Europe/Warsaw, defaults: {currency: PLN, country: PL, unit: pcs}, maps: {states: {A: open, "1": shipped}}}
order:
  entity: sales_order
  key: [a]
  fields:
    number: {first: [a, "b.c[0].d"], trim: true}
    customer: {reference: customer, from: [b, c]}
    status: {from: d, map: states, else: draft}
    channel: {from: [a, b, c], join: "-"}
    ordered_at: c
    promised_at: {from: e, type: date, format: "%d.%m.%Y %H:%M:%S"}
    total: {amount: {from: b, type: decimal, format: "1.234,56"}, currency: d}
    lines:
      each: c
      fields: {number: a, quantity: {from: b, type: decimal, scale: 3}, price: {lua: "row.a * 2 - row.b"}, attributes: {up: ^d}}
    attributes:
      any: b
      flag: {from: c, type: boolean}
      count: {from: d, type: integer, default: 0}
      when: {from: e, type: instant}
customer:
  entity: customer
  key: [a]
  skip: {b: ["7", ~], d: {present: false}}
  deleted: {c: false}
  fields:
    name: {from: [a, b], join: " "}
    status: {match: [{when: {a: [b, ~], d: {present: true}}, is: active}, {when: {"c[0].a": "1"}, is: {from: e}}], else: ~}
    phones:
      - {number: b, label: c, where: {e: {present: false}}}
      - {each: d, where: {a: ["1", "true", ~], ^b: {present: true}}, fields: {number: a}}
    emails: [{address: c}]
    addresses: [{street: b, country: d}]
    birthday: {from: e, type: date}
    credit_limit: {amount: {from: c, default: "0"}}
    attributes:
      seen: {from: e, type: date, format: "%s.%f"}
      spoken: {from: e, type: instant, format: "%Y-%m-%dT%I:%M:%S%p%z"}
)yaml";

/// The fuzzer's bytes, read as values.
class Bytes {
  public:
    Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

    Value value(Arena& arena, const Shape& shape, int depth) {
        const int kinds = depth > 3 ? 13 : 15;
        switch (static_cast<Kind>(byte() % kinds)) {
            case Kind::null:
                return Value::null();
            case Kind::unchanged:
                return Value::unchanged();
            case Kind::boolean:
                return Value::of(byte() % 2 == 1);
            case Kind::integer:
                return Value::of(number());
            case Kind::decimal:
                return Value::decimal(text(arena));
            case Kind::real: {
                const std::int64_t bits = number();
                double real = 0;
                static_assert(sizeof real == sizeof bits);
                std::memcpy(&real, &bits, sizeof real);
                return Value::of_real(real);
            }
            case Kind::text:
                return Value::text(text(arena));
            case Kind::bytes:
                return Value::bytes(text(arena));
            case Kind::date:
                return Value::date(number());
            case Kind::instant:
                return Value::instant(number());
            case Kind::naive:
                return Value::naive(number());
            case Kind::uuid:
                return Value::uuid(text(arena));
            case Kind::json:
                return Value::json(text(arena));
            case Kind::list:
                return list(arena, shape, depth);
            case Kind::object:
                return Value::of(arena.copy_of(object(arena, shape, depth)));
        }
        return Value::null();
    }

    Object object(Arena& arena, const Shape& shape, int depth) {
        auto values = arena.array<Value>(shape.names.size());
        for (Value& each : values) each = value(arena, shape, depth + 1);
        return {&shape, values.data()};
    }

  private:
    Value list(Arena& arena, const Shape& shape, int depth) {
        auto items = arena.array<Value>(byte() % 4);
        for (Value& each : items) each = value(arena, shape, depth + 1);
        return Value::list(items);
    }
    std::uint8_t byte() {
        if (size_ == 0) return 0;
        --size_;
        return *data_++;
    }
    std::int64_t number() {
        std::uint64_t value = 0;
        const int digits = byte() % 9;
        for (int i = 0; i < digits; ++i) value = value << 8 | byte();
        return static_cast<std::int64_t>(value);
    }
    std::string_view text(Arena& arena) {
        auto to = arena.array<char>(std::min<std::size_t>(byte(), size_));
        for (char& c : to) c = static_cast<char>(byte());
        return {to.data(), to.size()};
    }

    const std::uint8_t* data_;
    std::size_t size_;
};

[[noreturn]] void stop(const Diagnostics& diagnostics) {
    std::fputs(diagnostics.text().c_str(), stderr);
    std::abort();
}

struct Compiled {
    YamlFiles files;
    Node node;
    std::vector<std::unique_ptr<Mapping>> mappings;

    Compiled() {
        Diagnostics diagnostics;
        node = files.parse(definition, "fuzz.yaml", process_environment(), diagnostics);
        if (diagnostics.has_errors()) stop(diagnostics);
        for (const char* stream : {"order", "customer"}) {
            const MappingContext context{"acme", "erp", stream, node.find(stream), node.find("source")};
            mappings.push_back(Mapping::compile(context, diagnostics));
            if (mappings.back() == nullptr) stop(diagnostics);
        }
    }
};

void check(const MappedRow& mapped) {
    if (mapped.reject != nullptr) {
        if (mapped.reject->reason.empty() || !mapped.records.empty()) std::abort();
        return;
    }
    if (mapped.records.empty()) return;
    rapidjson::Document document;
    const std::string_view text = mapped.records[0].document;
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(), text.size());
    if (document.HasParseError() || !document.IsObject()) std::abort();
}

}  // namespace
}  // namespace tributary

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tributary;
    static Compiled compiled;
    static const Shape shape{{"a", "b", "c", "d", "e"}};
    Arena arena;
    Bytes bytes(data, size);
    Row row;
    row.values = bytes.object(arena, shape, 0);
    row.key = {row.values.values, 1};
    for (const auto& mapping : compiled.mappings) {
        const MappedRow first = mapping->map(row, arena);
        check(first);
        const MappedRow again = mapping->map(row, arena);
        if ((first.reject == nullptr) != (again.reject == nullptr)) std::abort();
        if (first.records.size() != again.records.size()) std::abort();
        if (!first.records.empty() && first.records[0].document != again.records[0].document) std::abort();
    }
    return 0;
}
