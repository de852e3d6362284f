#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/include.hpp"
#include "connectors/postgres/decode.hpp"
#include "core/change/change.hpp"
#include "core/mapping/mapping.hpp"
#include "core/settings/yaml.hpp"

/// The way of a row from PostgreSQL's COPY message to the comparison with its last state, for those who measure it.
namespace tributary::row_path {

using postgres::BinaryCopy;
using postgres::Form;

inline constexpr std::size_t rows_of_batch = 10'000;
inline constexpr std::size_t lines_of_order = 2;

inline constexpr std::string_view definition = R"yaml(
source: {time_zone: Europe/Warsaw, defaults: {currency: EUR}}
order:
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
order_with_lua:
  entity: sales_order
  key: [id]
  fields:
    number: number
    status: {from: status, map: {N: open, P: confirmed, S: shipped, X: cancelled}}
    total: {lua: "row.total * 2 - div(row.total, 3, 2)"}
order_with_lines:
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
    lines:
      each: lines
      fields:
        number: line_no
        product: {reference: product, from: sku}
        quantity: {from: quantity, type: decimal}
        price: price
    attributes: {note: note}
)yaml";

/// A message of `copy … to stdout (format binary)`.
class Message {
  public:
    explicit Message(bool first)
        : bytes_(first ? std::string("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", 19) : std::string()) {}

    Message& fields(int count) { return big_endian(count, 2); }
    Message& integer(std::int64_t value, int size) { return big_endian(size, 4).big_endian(value, size); }
    Message& text(std::string_view value) {
        big_endian(static_cast<std::int64_t>(value.size()), 4);
        bytes_ += value;
        return *this;
    }
    /// A numeric(12, 2).
    Message& cents(std::int64_t value) {
        const std::int64_t whole = value / 100;
        big_endian(8 + 3 * 2, 4).big_endian(3, 2).big_endian(1, 2).big_endian(0, 2).big_endian(2, 2);
        return big_endian(whole / 10'000, 2).big_endian(whole % 10'000, 2).big_endian(value % 100 * 100, 2);
    }
    std::string take() { return std::move(bytes_); }

  private:
    Message& big_endian(std::int64_t value, int size) {
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes_ += static_cast<char>(value >> shift);
        return *this;
    }

    std::string bytes_;
};

inline constexpr Form order_forms[] = {Form::int8,      Form::text, Form::int8,    Form::text, Form::text,
                                       Form::timestamp, Form::date, Form::numeric, Form::text, Form::text};
inline constexpr Form line_forms[] = {Form::int8, Form::int4, Form::text, Form::numeric, Form::numeric};

inline const Shape order_shape{{"id", "number", "customer_id", "status", "channel", "ordered_at", "promised_on",
                                "total", "currency", "note", "lines"}};
inline constexpr std::size_t lines_slot = 10;

/// Orders as the server sends them; `round` is how often each was changed since.
inline std::vector<std::string> order_messages(std::int64_t round) {
    static constexpr std::string_view statuses[] = {"N", "P", "S", "X"};
    std::vector<std::string> messages;
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(rows_of_batch); ++i) {
        Message message(i == 0);
        message.fields(std::size(order_forms)).integer(i, 8).text(fmt::format("SO-{:08}", i)).integer(i % 1000, 8);
        message.text(statuses[(i + round) % 4]).text("web").integer(763'000'000'000'000 + i * 60'000'000, 8);
        message.integer(9'000 + i % 400, 4).cents(i * 7 + round).text("EUR").text(fmt::format("call {:05}", i));
        messages.push_back(message.take());
    }
    return messages;
}

inline std::vector<std::string> line_messages(std::int64_t round) {
    std::vector<std::string> messages;
    for (std::size_t i = 0; i < rows_of_batch * lines_of_order; ++i) {
        const auto n = static_cast<std::int64_t>(i);
        const auto order = n / static_cast<std::int64_t>(lines_of_order);
        const auto line = n % static_cast<std::int64_t>(lines_of_order) + 1;
        Message message(i == 0);
        message.fields(std::size(line_forms)).integer(order + 1, 8).integer(line, 4);
        message.text(fmt::format("SKU-{:06}", i % 5000)).cents(100 * line).cents(n * 3 + round);
        messages.push_back(message.take());
    }
    return messages;
}

/// What the server sent for one state of the table.
struct Sent {
    std::vector<std::string> orders;
    std::vector<std::string> lines;  ///< Empty: the stream includes none.
};

/// What is done with a batch, stage after stage, as reader, pipeline and committer do it.
class RowPath {
  public:
    RowPath(std::string_view stream, Diagnostics& diagnostics)
        : root_(files_.parse(definition, "bench.yaml", process_environment(), diagnostics)),
          mapping_(Mapping::compile({"acme", "erp", "orders", root_.find(stream), root_.find("source")}, diagnostics)),
          line_shape_(std::make_shared<Shape>(Shape{{"line_no", "sku", "quantity", "price"}})) {}

    void decode(const Sent& sent, Arena& arena) {
        page_.rows.clear();
        BinaryCopy orders(order_forms);
        for (const std::string& message : sent.orders) {
            Value* const values = arena.array<Value>(order_shape.names.size()).data();
            if (orders.read(message, values, arena) != BinaryCopy::Message::row) std::abort();
            page_.rows.push_back(values);
        }
        if (!sent.lines.empty()) decode_lines(sent, arena);
    }

    void map(Arena& arena, std::vector<std::string_view>& documents) {
        documents.clear();
        for (const Value* const values : page_.rows) {
            Row row;
            row.key = {values, 1};
            row.values = {&order_shape, values};
            const MappedRow mapped = mapping_->map(row, arena);
            if (mapped.records.size() != 1) std::abort();
            documents.push_back(mapped.records[0].document);
        }
    }

    /// Returns how many differ.
    std::size_t compare(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after) {
        std::size_t changes = 0;
        for (std::size_t i = 0; i < after.size(); ++i) changes += detector_.compare(before[i], after[i], change_);
        return changes;
    }

  private:
    void decode_lines(const Sent& sent, Arena& arena) {
        children_.shape = line_shape_;
        children_.rows.clear();
        children_.parents.clear();
        BinaryCopy lines(line_forms);
        for (const std::string& message : sent.lines) {
            Value* const values = arena.array<Value>(std::size(line_forms)).data();
            if (lines.read(message, values, arena) != BinaryCopy::Message::row) std::abort();
            children_.parents.push_back(static_cast<std::uint32_t>(values[0].integer - 1));
            children_.rows.push_back(values + 1);
        }
        table::attach(children_, lines_slot, page_, arena);
    }

    YamlFiles files_;
    Node root_;
    std::unique_ptr<Mapping> mapping_;
    std::shared_ptr<const Shape> line_shape_;
    table::Page page_;
    table::Children children_;
    ChangeDetector detector_;
    Change change_;
};

}  // namespace tributary::row_path
