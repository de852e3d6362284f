#include "connectors/odata/request.hpp"

#include <catch2/catch.hpp>

#include "connectors/odata/tests/captures.hpp"
#include "core/model/times.hpp"

namespace tributary::odata {
namespace {

class Orders {
  public:
    explicit Orders(bool old) : model_(read(old)) {
        const Type* const type = model_.type_of("A_SalesOrder");
        subject.path = "API_SALES_ORDER_SRV/A_SalesOrder";
        subject.version = model_.version;
        subject.model = &model_;
        subject.type = type;
        subject.key = {type->property("SalesOrder")};
        subject.stamps = {type->property("LastChangeDate"), type->property("LastChangeDateTime")};
    }
    std::vector<std::string> projected(std::vector<std::string> paths) const {
        const auto wanted = wanted_of(paths);
        return projection(wanted, *subject.type, model_);
    }

    Subject subject;

  private:
    static Model read(bool old) {
        MetadataParser parser;
        REQUIRE(parser.push(test::capture(old ? "v2_metadata.xml" : "v4_metadata.xml")));
        auto model = parser.finish();
        REQUIRE(model);
        return std::move(*model);
    }
    Model model_;
};

using Options = std::vector<std::string>;

TEST_CASE("only what is read is asked for, as each version spells it", "[odata][request]") {
    const std::vector<std::string> paths{"SalesOrder", "to_Item.Material", "to_Item.to_ScheduleLine.ScheduleLine",
                                         "to_Item.NetAmount"};
    CHECK(Orders(true).projected(paths) ==
          Options{"$select=SalesOrder,to_Item/Material,to_Item/to_ScheduleLine/ScheduleLine,to_Item/NetAmount",
                  "$expand=to_Item,to_Item/to_ScheduleLine"});
    CHECK(Orders(false).projected(paths) ==
          Options{"$select=SalesOrder",
                  "$expand=to_Item($select=Material,NetAmount;$expand=to_ScheduleLine($select=ScheduleLine))"});
    CHECK(Orders(true).projected({"SalesOrder", "to_Item"}) ==
          Options{"$select=SalesOrder,to_Item", "$expand=to_Item"});
    CHECK(Orders(false).projected({"SalesOrder", "to_Item.Material", "to_Item"}) ==
          Options{"$select=SalesOrder", "$expand=to_Item"});
}

TEST_CASE("a selection that no address can hold is left out", "[odata][request]") {
    std::vector<std::string> paths;
    for (int i = 0; i < 50; ++i) paths.push_back("ОченьДлинноеИмяРеквизита" + std::to_string(i));
    CHECK(Orders(true).projected(paths).empty());
}

TEST_CASE("a poll reads what any of the stamps shows as new, to the millisecond and from a safe day",
          "[odata][request]") {
    const std::int64_t since = parse_timestamp("2026-01-31T10:00:00.123456Z")->micros;
    CHECK(*filter_of({.since = since}, Orders(true).subject) ==
          "(LastChangeDate ge datetime'2026-01-30T00:00:00' or LastChangeDateTime ge "
          "datetimeoffset'2026-01-31T10:00:00.123Z')");
    CHECK(*filter_of({.since = since}, Orders(false).subject) ==
          "(LastChangeDate ge 2026-01-30 or LastChangeDateTime ge 2026-01-31T10:00:00.123Z)");
    Orders zoned(false);
    const auto warsaw = *table::LocalTime::of("Europe/Warsaw");
    zoned.subject.zone = &warsaw;
    zoned.subject.stamps.pop_back();
    CHECK(*filter_of({.since = since}, zoned.subject) == "LastChangeDate ge 2026-01-31");
}

TEST_CASE("conditions hold together", "[odata][request]") {
    Orders orders(false);
    orders.subject.where = "SalesOrganization eq '1010' or SalesOrganization eq '1020'";
    const std::vector<walk::Sought> sought{{.columns = {{"SoldToParty", 0}}, .values = {{"17100001"}, {"O'Neill"}}}};
    CHECK(
        *filter_of({.behind = {{Kind::text, "4000043"}}, .sought = sought}, orders.subject) ==
        "(SalesOrganization eq '1010' or SalesOrganization eq '1020') and ((SoldToParty eq '17100001') or (SoldToParty "
        "eq 'O''Neill')) and (SalesOrder gt '4000043')");
}

TEST_CASE("keys are asked for in as many requests as addresses need", "[odata][request]") {
    const Orders orders(true);
    std::vector<std::vector<std::string>> keys;
    for (int i = 0; i < 100; ++i) keys.push_back({std::to_string(4'000'000 + i)});
    const auto filters = filters_of_keys(keys, orders.subject);
    CHECK(filters.size() > 1);
    std::string all;
    for (const std::string& filter : filters) {
        CHECK(encoded(filter).size() < 1'000);
        all += filter + "\n";
    }
    for (const auto& key : keys) CHECK(all.find("'" + key[0] + "'") != std::string::npos);
}

TEST_CASE("values that do not fit into an address are not searched by", "[odata][request]") {
    const Orders orders(true);
    walk::Sought sought{.columns = {{"SoldToParty", 0}}, .values = {}};
    for (int i = 0; i < 200; ++i) sought.values.push_back({std::to_string(17'100'000 + i)});
    const std::vector<walk::Sought> all{sought};
    const auto filter = filter_of({.sought = all}, orders.subject);
    REQUIRE_FALSE(filter);
    CHECK(filter.error().verdict == Verdict::stop);
}

TEST_CASE("a target has its options in the clear", "[odata][request]") {
    Orders orders(true);
    CHECK(target_of(orders.subject, "SalesOrder gt '1'", "SalesOrder", 50, Options{"$select=SalesOrder"}) ==
          "/API_SALES_ORDER_SRV/"
          "A_SalesOrder?$filter=SalesOrder%20gt%20'1'&$orderby=SalesOrder&$top=50&$select=SalesOrder&"
          "$format=json");
    orders.subject.version = Version::v4;
    orders.subject.path = "Catalog_Ф";
    CHECK(target_of(orders.subject, "", "", 0, {}) == "/Catalog_%D0%A4");
}

}  // namespace
}  // namespace tributary::odata
