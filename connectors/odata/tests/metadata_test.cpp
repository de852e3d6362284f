#include "connectors/odata/metadata.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "connectors/odata/tests/captures.hpp"

namespace tributary::odata {
namespace {

Result<Model> parsed(std::string_view text, std::size_t piece = SIZE_MAX) {
    MetadataParser parser;
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
        if (auto pushed = parser.push(text.substr(0, piece)); !pushed) return std::unexpected(pushed.error());
    return parser.finish();
}

std::string edmx(const std::string& schema, const std::string& version = "1.0", const std::string& data = "2.0") {
    return "<edmx:Edmx xmlns:edmx=\"e\" xmlns:m=\"m\" Version=\"" + version +
           "\"><edmx:DataServices m:DataServiceVersion=\"" + data + "\">" + schema + "</edmx:DataServices></edmx:Edmx>";
}

TEST_CASE("$metadata tells types, keys and where navigation leads, in version 2 as in 4", "[odata][metadata]") {
    const bool old = GENERATE(true, false);
    const std::string text = test::capture(old ? "v2_metadata.xml" : "v4_metadata.xml");
    const std::size_t piece = GENERATE(std::size_t{1}, std::size_t{100}, SIZE_MAX);
    const auto model = parsed(text, piece);
    REQUIRE(model);
    CHECK(model->version == (old ? Version::v2 : Version::v4));
    CHECK_FALSE(model->blank_padded);
    CHECK(model->sets.size() == 3);
    const Type* const order = model->type_of("A_SalesOrder");
    REQUIRE(order != nullptr);
    CHECK(order->key == std::vector<std::string>{"SalesOrder"});
    CHECK(order->property("SalesOrder")->edm == Edm::text);
    CHECK_FALSE(order->property("SalesOrder")->nullable);
    CHECK(order->property("LastChangeDate")->edm == Edm::date);
    CHECK(order->property("LastChangeDateTime")->edm == Edm::instant);
    CHECK(order->property("TotalNetAmount")->edm == Edm::decimal);
    CHECK(order->property("CompleteDeliveryIsDefined")->edm == Edm::boolean);
    const Navigation* const items = order->navigation("to_Item");
    REQUIRE(items != nullptr);
    CHECK(items->many);
    const Type* const item = model->find(items->target);
    REQUIRE(item != nullptr);
    CHECK(item->key == std::vector<std::string>{"SalesOrder", "SalesOrderItem"});
    CHECK_FALSE(item->navigation("to_SalesOrder")->many);
    CHECK(model->find(item->navigation("to_SalesOrder")->target) == order);
    CHECK(model->type_of("A_Nope") == nullptr);
}

TEST_CASE("$metadata of 1C has tables inside of documents, virtual tables and padded texts", "[odata][metadata]") {
    const auto model = parsed(edmx(
        R"xml(<Schema Namespace="StandardODATA"><EntityType Name="Document_Заказ"><Key><PropertyRef Name="Ref_Key"/></Key>
           <Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/>
           <Property Name="Товары" Type="Collection(StandardODATA.Document_Заказ_Товары_RowType)"/></EntityType>
           <ComplexType Name="Document_Заказ_Товары_RowType"><Property Name="LineNumber" Type="Edm.Int64"/></ComplexType>
           <ComplexType Name="AccumulationRegister_Товары_Balance"><Property Name="Склад_Key" Type="Edm.Guid"/></ComplexType>
           <EntityContainer Name="EnterpriseV8"><EntitySet Name="Document_Заказ" EntityType="StandardODATA.Document_Заказ"/>
           </EntityContainer></Schema>)xml",
        "1.0", "3.0"));
    REQUIRE(model);
    CHECK(model->version == Version::v3);
    CHECK(model->blank_padded);
    const Property* const goods = model->type_of("Document_Заказ")->property("Товары");
    REQUIRE(goods != nullptr);
    CHECK((goods->many && goods->edm == Edm::nested));
    CHECK(model->find(goods->type)->property("LineNumber")->edm == Edm::integer);
    CHECK(model->type_of("AccumulationRegister_Товары/Balance(Dimensions='Склад')")->property("Склад_Key") != nullptr);
    CHECK(model->type_of("AccumulationRegister_Товары/Turnovers()") == nullptr);
}

TEST_CASE("what base types have is a type's own, and names may go by an alias", "[odata][metadata]") {
    const auto model = parsed(edmx(
        R"(<Schema Namespace="A.B" Alias="S"><EntityType Name="Customer" BaseType="S.Party"><Property Name="Limit" Type="Edm.Decimal"/>
           </EntityType><EntityType Name="Party" BaseType="S.Circle"><Key><PropertyRef Name="id"/></Key>
           <Property Name="id" Type="Edm.Int32"/></EntityType><EntityType Name="Circle" BaseType="S.Customer"/>
           <EntityContainer Name="C"><EntitySet Name="Customers" EntityType="S.Customer"/></EntityContainer></Schema>)",
        "4.0", ""));
    REQUIRE(model);
    const Type* const customer = model->type_of("Customers");
    REQUIRE(customer != nullptr);
    CHECK(customer->key == std::vector<std::string>{"id"});
    CHECK(customer->property("id") != nullptr);
    CHECK(customer->property("Limit") != nullptr);
}

TEST_CASE("what is no $metadata is refused, and so is what would unfold", "[odata][metadata]") {
    std::string deep;
    for (int i = 0; i < 1'000; ++i) deep += "<a>";
    const std::string text = GENERATE_COPY(
        std::string("<!DOCTYPE html><html><body><p>Log in<br></body></html>"), std::string("<rss/>"), std::string(),
        std::string("{\"value\":[]}"), edmx("<Schema Namespace=\"A\">"), edmx(deep),
        std::string(
            R"(<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><edmx:Edmx Version="4.0">&b;</edmx:Edmx>)"));
    INFO(text.substr(0, 100));
    const auto model = parsed(text);
    REQUIRE_FALSE(model);
    CHECK(model.error().code == "bad_metadata");
    CHECK(model.error().verdict == Verdict::retry);
}

}  // namespace
}  // namespace tributary::odata
