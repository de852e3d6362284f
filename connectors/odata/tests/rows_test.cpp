#include "connectors/odata/rows.hpp"

#include <catch2/catch.hpp>

#include "connectors/kit/http/json_decoder.hpp"
#include "connectors/odata/answers.hpp"
#include "connectors/odata/tests/captures.hpp"
#include "core/model/times.hpp"

namespace tributary::odata {
namespace {

class Reading {
  public:
    Value json(std::string text) {
        texts_.push_back(std::make_unique<std::string>(std::move(text)));
        const auto value = decoder_.decode({texts_.back()->data(), texts_.back()->size()}, arena);
        REQUIRE(value);
        return *value;
    }
    Value value(const std::string& type, const std::string& text, bool in_key = false, bool padded = false) {
        const Model model{.blank_padded = padded};
        Property property{.name = "p", .edm = edm_of(type), .type = type};
        return read_value(json(text), property, model, in_key, arena);
    }

    Arena arena;

  private:
    std::vector<std::unique_ptr<std::string>> texts_;
    http::JsonDecoder decoder_;
};

TEST_CASE("dates are read in either spelling", "[odata][rows]") {
    Reading reading;
    const auto micros = [](const char* text) { return parse_timestamp(text)->micros; };
    const auto instant = [&](const char* text) { return reading.value("Edm.DateTimeOffset", text); };
    CHECK(instant(R"("\/Date(1130168212000+0000)\/")").integer == micros("2005-10-24T15:36:52Z"));
    CHECK(instant(R"("/Date(1130168212123)/")").integer == micros("2005-10-24T15:36:52.123Z"));
    // the ticks are the clock shown, the offset how far it is ahead
    CHECK(instant(R"("/Date(1130168212000+0120)/")").integer == micros("2005-10-24T13:36:52Z"));
    CHECK(instant(R"("/Date(1130168212000-0090)/")").integer == micros("2005-10-24T17:06:52Z"));
    CHECK(instant(R"("/Date(-1000)/")").integer == -1'000'000);
    CHECK(instant(R"("2026-04-01T12:00:00.1234567+02:00")").integer == micros("2026-04-01T10:00:00.123456Z"));
    const Value wall = reading.value("Edm.DateTime", R"("2016-12-29T13:03:29")");
    CHECK(wall.kind == Kind::naive);
    CHECK(wall.integer == micros("2016-12-29T13:03:29Z"));
    CHECK(reading.value("Edm.DateTime", R"("2016-12-29T13:03:29")", true).view() == "2016-12-29T13:03:29.000000");
    CHECK(reading.value("Edm.Date", R"("2026-01-31")").kind == Kind::date);
    for (const char* const odd :
         {R"("/Date(x)/")", R"("/Date(99999999999999999)/")", R"("/Date(1+99999)/")", R"("soon")"})
        CHECK(instant(odd).kind == Kind::text);
}

TEST_CASE("what 1C writes where it has nothing is null", "[odata][rows]") {
    Reading reading;
    CHECK(reading.value("Edm.DateTime", R"("0001-01-01T00:00:00")").is_null());
    CHECK(reading.value("Edm.Guid", R"("00000000-0000-0000-0000-000000000000")").is_null());
    CHECK(reading.value("Edm.Guid", R"("00000000-0000-0000-0000-000000000000")", true).kind == Kind::uuid);
    CHECK(reading.value("Edm.String", R"("1                   ")", false, true).view() == "1");
    CHECK(reading.value("Edm.String", R"("           ")", false, true).view().empty());
    CHECK(reading.value("Edm.String", R"("1  ")", true, true).view() == "1  ");
    CHECK(reading.value("Edm.String", R"("1  ")").view() == "1  ");
}

TEST_CASE("numbers are exact, also where JSON has them as text, and times of day are clocks", "[odata][rows]") {
    Reading reading;
    CHECK(reading.value("Edm.Decimal", R"("2656.240")").view() == "2656.240");
    CHECK(reading.value("Edm.Decimal", "1997.49").view() == "1997.49");
    CHECK(reading.value("Edm.Double", "31.6").view() == "31.6");
    CHECK(reading.value("Edm.Int64", R"("9007199254740993")").integer == 9'007'199'254'740'993);
    CHECK(reading.value("Edm.Int64", R"("many")").kind == Kind::text);
    CHECK(reading.value("Edm.Time", R"("PT22H49M21S")").view() == "22:49:21");
    CHECK(reading.value("Edm.Time", R"("PT5M")").view() == "00:05:00");
    CHECK(reading.value("Edm.Time", R"("PT1H2M3.5S")").view() == "01:02:03.5");
    CHECK(reading.value("Edm.Time", R"("P1D")").view() == "P1D");
    CHECK(reading.value("Edm.TimeOfDay", R"("22:49:21")").view() == "22:49:21");
}

Model model_of(std::string_view metadata) {
    MetadataParser parser;
    REQUIRE(parser.push(metadata));
    auto model = parser.finish();
    REQUIRE(model);
    return std::move(*model);
}

TEST_CASE("what is expanded comes as typed lists, and the links of those that were cut are told", "[odata][rows]") {
    const bool old = GENERATE(true, false);
    const auto model =
        std::make_shared<const Model>(model_of(test::capture(old ? "v2_metadata.xml" : "v4_metadata.xml")));
    Reading reading;
    const Value row = reading.json(
        old ? R"({"SalesOrder":"1","to_Item":{"results":[{"SalesOrderItem":"10","NetAmount":"1.50","to_ScheduleLine":{"__deferred":{"uri":"u"}}}],"__next":"http://sap/rest?$skiptoken=1"}})"
            : R"({"SalesOrder":"1","to_Item":[{"SalesOrderItem":"10","NetAmount":1.50}],"to_Item@odata.nextLink":"rest?$skiptoken=1"})");
    const std::vector<std::string> key{"SalesOrder"};
    RowReader reader(model, *model->type_of("A_SalesOrder"), {"SalesOrder", "to_Item", "SoldToParty"}, key);
    std::vector<CutList> cut;
    const Value read = reader.read(row, reading.arena, cut);
    const Value* const values = read.object->values;
    CHECK(values[0].view() == "1");
    REQUIRE(values[1].kind == Kind::list);
    const Object& item = *values[1].items()[0].object;
    CHECK(item.values[item.shape->find("NetAmount")].kind == Kind::decimal);
    if (old) CHECK(item.values[item.shape->find("to_ScheduleLine")].is_null());
    CHECK(values[2].is_null());
    REQUIRE(cut.size() == 1);
    CHECK(cut[0].link.ends_with("rest?$skiptoken=1"));
    const Value more = reading.json(R"({"SalesOrderItem":"20"})");
    std::vector<CutList> none;
    reader.append(cut[0], {&more, 1}, reading.arena, none);
    CHECK(values[1].items().size() == 2);
}

TEST_CASE("errors of each version tell their words", "[odata][rows]") {
    Reading reading;
    const auto told = [&](const char* text) { return told_error(reading.json(text)); };
    CHECK(told(R"({"error":{"message":{"lang":"en","value":"Property \"Nope\" does not exist"},"code":"400"}})") ==
          "Property \"Nope\" does not exist");
    CHECK(told(R"({"error":{"code":"SY/530","message":{"lang":"en","value":"Invalid key predicate"}}})") ==
          "SY/530: Invalid key predicate");
    CHECK(told(R"({"odata.error":{"code":"9","message":{"lang":"ru","value":"Экземпляр сущности не найден"}}})") ==
          "Экземпляр сущности не найден");
    CHECK(told(R"({"error":{"message":"Invalid filter","code":"400","@Common.numericSeverity":4}})") ==
          "Invalid filter");
    CHECK(told(R"({"value":[]})").empty());
}

TEST_CASE("links to the next page are found in each version", "[odata][rows]") {
    Reading reading;
    CHECK(next_link(reading.json(R"({"d":{"results":[],"__next":"a"}})")) == "a");
    CHECK(next_link(reading.json(R"({"odata.nextLink":"b"})")) == "b");
    CHECK(next_link(reading.json(R"({"@odata.nextLink":"c"})")) == "c");
    CHECK(next_link(reading.json(R"({"@nextLink":"d"})")) == "d");
    CHECK(next_link(reading.json(R"({"value":[]})")).empty());
}

}  // namespace
}  // namespace tributary::odata
