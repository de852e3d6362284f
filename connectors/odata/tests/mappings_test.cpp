#include <catch2/catch.hpp>
#include <string>

#include "connectors/kit/http/tests/list_server.hpp"
#include "connectors/kit/table/tests/configured.hpp"
#include "connectors/odata/connector.hpp"
#include "connectors/odata/tests/captures.hpp"
#include "core/configuration/configuration.hpp"

namespace tributary::odata {
namespace {

/// A source with one stream that uses a mapping.
auto configured(const std::string& url, const std::string& use,
                const std::string& defaults = "currency: RUB, time_zone: Europe/Moscow") {
    const std::string text =
        "tenant: t\ninstance: i\nstate: {directory: s}\nkafka: {brokers: embedded, topic_prefix: p}\n"
        "sources:\n  erp:\n    connector: odata\n    url: '" +
        url + "'\n    defaults: {" + defaults + "}\n    streams: {one: {use: " + use + "}}\n";
    Diagnostics diagnostics;
    const Connector* const connectors[] = {&connector()};
    const auto none = [](std::string_view) { return std::nullopt; };
    auto configuration = Configuration::parse(text, "test.yaml", connectors, none, diagnostics);
    INFO(diagnostics.text());
    REQUIRE_FALSE(diagnostics.has_errors());
    return configuration;
}

/// A service that gives one captured answer for whatever is asked.
class Captured {
  public:
    Captured(std::string metadata, std::string rows)
        : server_([metadata = std::move(metadata), rows = std::move(rows)](const auto& path, const auto&) {
              return http::test::ListServer::Reply{.body = path.ends_with("$metadata") ? metadata
                                                           : path.ends_with("$count")  ? std::string("1")
                                                                                       : rows};
          }) {}

    /// What a stream of this mapping makes of the first row.
    std::string document(const std::string& use, const std::string& more = "") {
        const auto configuration = configured(server_.url(), use + more);
        SourceConfiguration& source = configuration->sources.front();
        Batch batch = table::test::pulled(*source.source->open(0), {});
        REQUIRE_FALSE(batch.rows.empty());
        const MappedRow mapped = source.streams.front().mapping->map(batch.rows.front(), batch.arena);
        if (mapped.reject != nullptr) return std::string(mapped.reject->reason);
        return mapped.records.empty() ? std::string() : std::string(mapped.records.front().document);
    }

    /// What the check of that stream finds wrong.
    std::vector<Finding> findings(const std::string& use, const std::string& defaults) {
        const auto configuration = configured(server_.url(), use, defaults);
        SourceConfiguration& source = configuration->sources.front();
        std::vector<std::string> columns;
        for (const auto& column : source.streams.front().mapping->columns()) columns.push_back(column.name);
        auto found = source.source->open(0)->check(0, columns, {});
        REQUIRE(found);
        return *found;
    }

  private:
    http::test::ListServer server_;
};

TEST_CASE("a ready mapping that polls by a watermark compares keys as well, else what is gone is never told",
          "[odata][mappings]") {
    for (const EmbeddedFile& file : connector().mappings()) {
        const std::string name(file.name);
        INFO(name);
        const auto configuration = configured("http://localhost", name);
        const StreamConfiguration& stream = configuration->sources.front().streams.front();
        const bool polls = stream.node->find("watermark") != nullptr;
        CHECK(stream.deletes.has_value() == polls);
        if (polls) CHECK(stream.deletes->every == 3'600'000'000);
    }
}

TEST_CASE("sap/order makes of a real order what it says", "[odata][mappings]") {
    // SalesOrderDate 1130112000000 is 2005-10-24, RequestedDeliveryDate 1130457600000 is 2005-10-28; a rejection status
    // A rejects nothing
    Captured captured(test::capture("v2_metadata.xml"), test::capture("sap_order.json"));
    const std::string document = captured.document("sap/order");
    for (const char* const part : {R"("number":"4000043")", R"("status":"completed")", R"("ordered_at":"2005-10-24")",
                                   R"("promised_at":"2005-10-28")", R"("total":{"amount":"2656.24","currency":"EUR"})",
                                   R"("channel":"40")", R"("customer_reference":"16306")", R"({"number":"10",)",
                                   R"("quantity":"1","unit":"NR","net":{"amount":"2656.24","currency":"EUR"})",
                                   R"({"number":"20",)", R"("net":{"amount":"0","currency":"EUR"})"}) {
        INFO(part);
        INFO(document);
        CHECK(document.find(part) != std::string::npos);
    }
}

/// What version 4 says about billing documents, as far as the mapping reads them.
std::string billing_metadata() {
    std::string properties;
    for (const auto& [name, type] :
         {std::pair("BillingDocument", "String"), std::pair("SDDocumentCategory", "String"),
          std::pair("BillingDocumentType", "String"), std::pair("BillingDocumentDate", "Date"),
          std::pair("CreationDate", "Date"), std::pair("LastChangeDate", "Date"),
          std::pair("LastChangeDateTime", "DateTimeOffset"), std::pair("BillingDocumentIsCancelled", "Boolean"),
          std::pair("InvoiceClearingStatus", "String"), std::pair("SoldToParty", "String"),
          std::pair("TotalNetAmount", "Decimal"), std::pair("TotalGrossAmount", "Decimal"),
          std::pair("TransactionCurrency", "String")})
        properties += std::string("<Property Name=\"") + name + "\" Type=\"Edm." + type + "\"/>";
    return R"x(<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>)x"
           R"x(<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="S"><EntityType Name="Item"><Key>)x"
           R"x(<PropertyRef Name="BillingDocumentItem"/></Key><Property Name="BillingDocumentItem" Type="Edm.String"/>)x"
           R"x(<Property Name="SalesDocument" Type="Edm.String"/></EntityType><EntityType Name="Bill"><Key>)x"
           R"x(<PropertyRef Name="BillingDocument"/></Key>)x" +
           properties +
           R"x(<NavigationProperty Name="to_Item" Type="Collection(S.Item)"/></EntityType><EntityContainer Name="E">)x"
           R"x(<EntitySet Name="A_BillingDocument" EntityType="S.Bill"/></EntityContainer></Schema>)x"
           R"x(</edmx:DataServices></edmx:Edmx>)x";
}

/// The event of a billing document of a category, with 119.00 gross unless `more` has another sum.
std::string billed(const std::string& category, const std::string& more = R"("TotalGrossAmount":119.00)") {
    Captured captured(
        billing_metadata(),
        R"({"value":[{"BillingDocument":"90000001","BillingDocumentType":"X","TotalNetAmount":100.00,)"
        R"("LastChangeDate":"2026-01-31","TransactionCurrency":"EUR","to_Item":[],"SDDocumentCategory":")" +
            category + "\"," + more + "}]}");
    return captured.document("sap/invoice");
}

TEST_CASE("sap/invoice gives amounts the sign with which sums come right", "[odata][mappings]") {
    const auto has = [](const std::string& document, const char* amount, const char* status) {
        INFO(document);
        CHECK(document.contains(std::string(R"("total":{"amount":")") + amount + R"(","currency":"EUR"})"));
        CHECK(document.contains(std::string(R"("status":")") + status + '"'));
    };
    has(billed("M"), "119", "open");
    has(billed("P"), "119", "open");
    has(billed("O"), "-119", "open");
    has(billed("6"), "-119", "open");
    has(billed("O", R"("TotalGrossAmount":null)"), "-100", "open");
    // what cancels stands beside what is cancelled
    has(billed("M", R"("TotalGrossAmount":119.00,"BillingDocumentIsCancelled":true)"), "119", "cancelled");
    has(billed("N"), "-119", "cancelled");
    has(billed("O", R"("TotalGrossAmount":119.00,"BillingDocumentIsCancelled":true)"), "-119", "cancelled");
    has(billed("S"), "119", "cancelled");
    for (const char* const none : {"U", "3", "4"}) CHECK(billed(none).empty());
}

/// Of the captures' objects, what 1C's $metadata says about them.
std::string one_c(const std::string& set, const std::string& properties, const std::string& table) {
    return R"(<edmx:Edmx xmlns:edmx="e" xmlns:m="m" Version="1.0"><edmx:DataServices m:DataServiceVersion="3.0"><Schema Namespace="StandardODATA"><EntityType Name=")" +
           set +
           R"("><Key><PropertyRef Name="Ref_Key"/></Key><Property Name="Ref_Key" Type="Edm.Guid" Nullable="false"/><Property Name="DataVersion" Type="Edm.String"/><Property Name="DeletionMark" Type="Edm.Boolean"/>)" +
           properties + R"(</EntityType><ComplexType Name="Rows">)" + table +
           R"(</ComplexType><EntityContainer Name="E"><EntitySet Name=")" + set + R"(" EntityType="StandardODATA.)" +
           set + R"("/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>)";
}

TEST_CASE("1c/order makes of a captured document what it says, with names of another configuration",
          "[odata][mappings]") {
    const std::string text = R"(" Type="Edm.String"/><Property Name=")";
    Captured captured(
        one_c(
            "Document_ПриходныйОрдер",
            R"xml(<Property Name="Posted" Type="Edm.Boolean"/><Property Name="Date" Type="Edm.DateTime"/><Property Name="ДатаКонтракта" Type="Edm.DateTime"/><Property Name="Контрагент_Key" Type="Edm.Guid"/><Property Name="Товары" Type="Collection(StandardODATA.Rows)"/><Property Name=")xml" +
                ("Number" + text + "НомерКонтракта") + R"(" Type="Edm.String"/>)",
            R"(<Property Name="LineNumber" Type="Edm.Int64"/><Property Name="Номенклатура_Key" Type="Edm.Guid"/><Property Name="Количество" Type="Edm.Double"/><Property Name="ШтрихКод" Type="Edm.String"/>)"),
        test::capture("1c_documents.json"));
    const std::string document = captured.document(
        "1c/order",
        ", set: Document_ПриходныйОрдер, include: {lines: {field: Товары}}, fields: {total: ~, attributes: {contract: "
        "НомерКонтракта, contract_date: ДатаКонтракта}, lines: {fields: {price: ~, net: ~, attributes: {barcode: "
        "ШтрихКод}}}}");
    // the naive 2016-12-29T13:03:29 in Moscow; the counterparty is the zero GUID: none; the contract's number is blanks
    // alone and its date 1C's empty one: neither is there; the bar code is padded to 20
    CHECK(document.starts_with(
        R"({"number":"000000002","status":"draft","ordered_at":"2016-12-29T10:03:29Z","lines":[{"number":"1","product_id":"prd_)"));
    CHECK(document.ends_with(R"("quantity":"2","attributes":{"barcode":"1"}}]})"));
}

TEST_CASE("wall clocks without a declared time zone are told before every row that has one is rejected",
          "[odata][mappings]") {
    Captured captured(
        one_c("Orders",
              R"xml(<Property Name="Number" Type="Edm.String"/><Property Name="Date" Type="Edm.DateTime"/>)xml"
              R"xml(<Property Name="Rows" Type="Collection(StandardODATA.Rows)"/>)xml",
              R"(<Property Name="LineNumber" Type="Edm.Int64"/><Property Name="Picked" Type="Edm.DateTime"/>)"),
        R"({"value":[]})");
    const std::string lines =
        ", set: Orders, include: {lines: {field: Rows}}, fields: {status: ~, customer: ~, total: ~, lines: {fields: "
        "{product: ~, quantity: ~, price: ~, net: ~, attributes: {picked: Picked}}}}";
    const auto found = captured.findings("1c/order" + lines, "currency: RUB");
    REQUIRE(found.size() == 2);
    CHECK(found.front().severity == Severity::error);
    CHECK(found.front().column == "Date");
    CHECK(
        found.front().message.starts_with("'Date' of Orders holds wall clocks, and no time zone is declared: write "
                                          "`defaults: {time_zone: Europe/Berlin}`"));
    CHECK(found.back().message.starts_with("'Picked' of StandardODATA.Rows holds wall clocks"));
    CHECK(captured.findings("1c/order" + lines, "currency: RUB, time_zone: Europe/Moscow").empty());
    // of a day no zone is needed; a watermark is read back further
    const auto read = [&](const std::string& stream) {
        return captured.findings("1c/order, set: Orders, include: ~, with: ~, deletes: ~" + stream, "currency: RUB");
    };
    const std::string fields =
        ", fields: {status: ~, customer: ~, total: ~, lines: ~, ordered_at: {from: Date, type: date}}";
    CHECK(read(fields).empty());
    const auto polled = read(", watermark: {column: Date}" + fields);
    REQUIRE_FALSE(polled.empty());
    for (const Finding& finding : polled) CHECK(finding.severity == Severity::warning);
    CHECK(polled.front().message.starts_with("watermark 'Date' of Orders holds wall clocks"));
}

}  // namespace
}  // namespace tributary::odata
