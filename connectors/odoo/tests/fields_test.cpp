#include "connectors/odoo/fields.hpp"

#include <catch2/catch.hpp>

#include "connectors/kit/table/tests/readme.hpp"
#include "connectors/odoo/connector.hpp"
#include "connectors/odoo/tests/captures.hpp"
#include "core/model/times.hpp"

namespace tributary::odoo {
namespace {

/// Rows of a model as a real server sent them, read by what its fields_get said.
class Model {
  public:
    explicit Model(const std::string& name)
        : fields_(fields_in(described_.at({name}))), rows_(read_.at({name}).items()) {}

    Value at(std::size_t row, const std::string& field) {
        const Value* const raw = http::find_in(rows_[row], {field});
        REQUIRE(raw != nullptr);
        return value_of(fields_.at(field).kind, *raw, arena_);
    }
    const Fields& fields() const { return fields_; }
    std::span<const Value> rows() const { return rows_; }

  private:
    test::Captures described_{"fields.json"};
    test::Captures read_{"records.json"};
    Fields fields_;
    std::span<const Value> rows_;
    Arena arena_;
};

TEST_CASE("false is null, but in a boolean", "[odoo]") {
    Model partner("res.partner");
    CHECK(partner.at(0, "vat").is_null());
    CHECK(partner.at(0, "parent_id").is_null());
    CHECK(partner.at(0, "active").kind == Kind::boolean);
    CHECK(partner.at(0, "active").boolean);
    CHECK(partner.at(1, "is_company").kind == Kind::boolean);
    CHECK_FALSE(partner.at(1, "is_company").boolean);

    Model order("sale.order");
    CHECK(order.at(0, "commitment_date").is_null());
    CHECK(order.at(0, "locked").kind == Kind::boolean);
    CHECK_FALSE(order.at(0, "locked").boolean);
    Model line("sale.order.line");
    CHECK(line.at(0, "display_type").is_null());
}

TEST_CASE("a many2one is its id, with or without the name behind it", "[odoo]") {
    Model partner("res.partner");
    CHECK(partner.at(1, "parent_id").integer == 45);
    CHECK(partner.at(0, "country_id").integer == 75);
    Arena arena;
    CHECK(value_of(FieldKind::many2one, Value::of(std::int64_t{7}), arena).integer == 7);
    CHECK(value_of(FieldKind::many2one, Value::of(false), arena).is_null());
}

TEST_CASE("a datetime is an instant in UTC, a date a day", "[odoo]") {
    Model order("sale.order");
    const Value moment = order.at(0, "date_order");
    REQUIRE(moment.kind == Kind::instant);
    CHECK(moment.integer == parse_timestamp("2026-11-22T17:00:52Z")->micros);
    const Value day = order.at(0, "validity_date");
    REQUIRE(day.kind == Kind::date);
    CHECK(day.integer == parse_day("2026-12-22"));
}

TEST_CASE("money and quantities stay exact", "[odoo]") {
    Model line("sale.order.line");
    const Value price = line.at(0, "price_unit");
    REQUIRE(price.kind == Kind::decimal);
    CHECK(price.view() == "680.77");
    CHECK(line.at(0, "product_uom_qty").integer == 1);
}

TEST_CASE("what a double has added to a number is taken off, and nothing else", "[odoo]") {
    Arena arena;
    const auto read = [&](std::string_view text) {
        const Value value = value_of(FieldKind::number, Value::decimal(text), arena);
        return value.kind == Kind::integer ? std::to_string(value.integer) : std::string(value.view());
    };
    CHECK(read("0.30000000000000004") == "0.3");
    CHECK(read("2.9999999999999996") == "3");
    CHECK(read("-1234567.8900000001") == "-1234567.89");
    CHECK(read("0.000000123456789012345") == "0.000000123456789012345");
    CHECK(read("123456789012.345") == "123456789012.345");
    CHECK(read("3902.9") == "3902.9");
}

TEST_CASE("lists of ids become lists of objects", "[odoo]") {
    Model order("sale.order");
    const Value lines = order.at(0, "order_line");
    REQUIRE(lines.kind == Kind::list);
    REQUIRE(lines.size == 3);
    CHECK(lines.elements[2].object->shape->names == std::vector<std::string>{"id"});
    CHECK(lines.elements[2].object->values[0].integer == 59);
    Model partner("res.partner");
    CHECK(partner.at(0, "category_id").size == 0);
}

TEST_CASE("every field of every captured record is read as what its type says", "[odoo]") {
    const test::Captures read("records.json");
    std::size_t values = 0;
    for (std::size_t i = 0; i < read.all().size(); ++i) {
        const std::string& name = read.all().shape->names[i];
        Model model(name);
        for (std::size_t row = 0; row < model.rows().size(); ++row)
            for (const auto& [field, says] : model.fields()) {
                if (http::find_in(model.rows()[row], {field}) == nullptr) continue;
                INFO(name << "." << field << ": " << says.type);
                const Value value = model.at(row, field);
                ++values;
                CHECK(says.kind != FieldKind::other);
                CHECK((value.kind != Kind::boolean || says.kind == FieldKind::boolean));
                if (says.kind == FieldKind::datetime) CHECK((value.is_null() || value.kind == Kind::instant));
                if (says.kind == FieldKind::date) CHECK((value.is_null() || value.kind == Kind::date));
                if (says.kind == FieldKind::many2one) CHECK((value.is_null() || value.kind == Kind::integer));
                if (says.kind == FieldKind::many) CHECK(value.kind == Kind::list);
            }
    }
    CHECK(values > 300);
}

TEST_CASE("what leads where, and back, is taken from fields_get", "[odoo]") {
    Model order("sale.order");
    CHECK(order.fields().at("order_line").relation == "sale.order.line");
    CHECK(order.fields().at("amount_total").stored);
    Model product("product.product");
    CHECK_FALSE(product.fields().at("qty_available").stored);
}

TEST_CASE("the README has the options and types that the code has", "[odoo][docs]") {
    table::test::check_types("odoo", types_as_markdown());
    table::test::check_readme(connector());
}

TEST_CASE("what has never been seen is kept as it came, or left out", "[odoo]") {
    Arena arena;
    CHECK(value_of(FieldKind::datetime, Value::text("soon"), arena).view() == "soon");
    CHECK(value_of(FieldKind::date, Value::of(std::int64_t{5}), arena).integer == 5);
    CHECK(value_of(FieldKind::many, Value::text("x"), arena).is_null());
    const std::array mixed{Value::text("x"), Value::of(std::int64_t{4})};
    CHECK(value_of(FieldKind::many, Value::list(mixed), arena).size == 1);
    CHECK(kind_of("vector") == FieldKind::other);
    CHECK(value_of(FieldKind::other, Value::text("x"), arena).is_null());
    CHECK(fields_in(Value::null()).empty());
}

}  // namespace
}  // namespace tributary::odoo
