#include "connectors/tryton/question.hpp"

#include <catch2/catch.hpp>

namespace tributary::tryton {
namespace {

const api::Metadata sale{.found = true,
                         .fields = {{.name = "id", .type = "integer"},
                                    {.name = "number", .type = "char"},
                                    {.name = "party", .type = "many2one", .target = "party.party"}}};
const api::Metadata line{.found = true, .fields = {{.name = "product", .type = "many2one"}}};

table::Definition sales() {
    return {.stream = "sales",
            .table = "sale.sale",
            .query = {},
            .where = R"([["state","!=","draft"]])",
            .key = {"id"},
            .watermark = table::Watermark{.column = "write_date", .overlap = {}},
            .max_hold = {},
            .includes = {{.name = "items",
                          .table = {},
                          .on = {},
                          .key = {"id"},
                          .columns = {},
                          .watermark = table::Watermark{.column = "write_date", .overlap = {}},
                          .field = "lines"}},
            .columns = {},
            .time_zone = {}};
}

const std::string at_noon =
    R"({"__class__":"datetime","year":2026,"month":11,"day":22,"hour":12,"minute":0,"second":0,"microsecond":7})";
constexpr std::int64_t noon = 1'795'348'800'000'007;

std::string params(const table::Definition& definition, api::Question question, std::vector<std::string> key = {"id"}) {
    const api::Metadata* const children[] = {&line};
    return search_params({.definition = definition,
                          .model = sale,
                          .context = "{}",
                          .fields = question.fields,
                          .rows = question.rows,
                          .key = key,
                          .behind = question.behind,
                          .keys = question.keys,
                          .question = &question,
                          .children = children});
}

TEST_CASE("a page is asked for with a context, in the order of its key, behind the last one", "[tryton]") {
    CHECK(params(sales(), {.fields = {"id", "party.code"}, .rows = 100, .behind = {{Kind::integer, "17"}}}) ==
          R"([[[["state","!=","draft"]],["OR",[["id",">",17]]]],0,100,[["id","ASC"]],["id","party.code"],{}])");
    CHECK(
        params(sales(), {.fields = {"id"}, .rows = 5, .behind = {{Kind::text, "a\"b"}, {Kind::date, "2026-01-31"}}},
               {"number", "sale_date"}) ==
        R"([[[["state","!=","draft"]],["OR",[["number",">","a\"b"]],[["number","=","a\"b"],["sale_date",">",)"
        R"({"__class__":"date","year":2026,"month":1,"day":31}]]]],0,5,[["number","ASC"],["sale_date","ASC"]],["id"],{}])");
}

TEST_CASE("what was never changed has no write_date and is found by its create_date", "[tryton]") {
    auto definition = sales();
    definition.where.clear();
    CHECK(params(definition, {.fields = {"id", "write_date"}, .rows = 9, .since = noon}) ==
          R"([[["OR",["write_date",">=",)" + at_noon + R"(],[["write_date","=",null],["create_date",">=",)" + at_noon +
              R"(]]]],0,9,[["id","ASC"]],["id","write_date","create_date"],{}])");
    CHECK(params(definition,
                 {.fields = {"lines.write_date"}, .rows = 9, .since = noon, .touched = definition.includes.data()}) ==
          R"([[["lines","where",[["OR",["write_date",">=",)" + at_noon +
              R"(],[["write_date","=",null],["create_date",">=",)" + at_noon +
              R"(]]]]]],0,9,[["id","ASC"]],["lines.write_date","lines.create_date"],{}])");
}

TEST_CASE("rows are asked for by keys of the field's type, and what is none has no row", "[tryton]") {
    auto definition = sales();
    definition.where.clear();
    const std::vector<std::vector<std::string>> keys{{"5"}, {"x"}, {"1.5"}, {"99999999999999999999"}, {"-3"}};
    CHECK(params(definition, {.fields = {"id"}, .rows = 9, .keys = keys}) ==
          R"([[["id","in",[5,-3]]],0,9,[["id","ASC"]],["id"],{}])");
    const walk::Sought own{.columns = {{.name = "number"}, {.name = "party"}}, .values = {{"5", "7"}, {"6", "x"}}};
    CHECK(params(definition, {.fields = {"id"}, .rows = 9, .sought = std::span(&own, 1)}) ==
          R"([[["OR",[["number","in",["5"]],["party","in",[7]]],[["number","in",["6"]],["party","in",[]]]]],0,9,)"
          R"([["id","ASC"]],["id"],{}])");
    const walk::Sought of_lines{.include = 0, .columns = {{.name = "product"}}, .values = {{"5"}}};
    CHECK(params(definition, {.fields = {"id"}, .rows = 9, .sought = std::span(&of_lines, 1)}) ==
          R"([[["lines","where",["OR",[["product","in",[5]]]]]],0,9,[["id","ASC"]],["id"],{}])");
}

TEST_CASE("children that no field leads to are asked for by the values of their parents", "[tryton]") {
    const table::Include rates{.name = "rates",
                               .table = "currency.currency.rate",
                               .on = {{"currency", "currency"}, {"date", "sale_date"}},
                               .key = {"id"},
                               .columns = {}};
    const api::ChildQuestion question{.include = rates,
                                      .object = "currency.currency.rate",
                                      .fields = {"currency", "rate"},
                                      .parents = {{{Kind::integer, "1"}, {Kind::date, "2026-11-22"}}}};
    CHECK(children_params(question, "{}") ==
          R"([[["OR",[["currency","=",1],["date","=",{"__class__":"date","year":2026,"month":11,"day":22}]]]],0,null,)"
          R"([["id","ASC"]],["currency","rate"],{}])");
}

TEST_CASE("the context reads archived rows and knows company, language and location", "[tryton]") {
    CHECK(context_json({}) == R"({"active_test":false})");
    CHECK(context_json({.company = 3, .language = "de", .more = " {\"a\": 1} ", .location = 5, .assigned = true}) ==
          R"({"active_test":false,"company":3,"language":"de","locations":[5],"stock_assign":true,"a": 1})");
    CHECK(context_json({.company = {}, .language = {}, .more = "{}"}) == R"({"active_test":false})");
}

TEST_CASE("a call has the three members that Tryton expects and no other", "[tryton]") {
    CHECK(call_body("common.db.login", R"(["ada",{"password":"x"}])") ==
          R"({"id":1,"method":"common.db.login","params":["ada",{"password":"x"}]})");
}

TEST_CASE("moments before 1970 and beyond the calendar are written as such", "[tryton]") {
    CHECK(
        datetime_json(-1) ==
        R"({"__class__":"datetime","year":1969,"month":12,"day":31,"hour":23,"minute":59,"second":59,"microsecond":999999})");
    CHECK(datetime_json(INT64_MIN).starts_with(R"({"__class__":"datetime","year":1,)"));
}

}  // namespace
}  // namespace tributary::tryton
