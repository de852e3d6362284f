#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include <catch2/catch.hpp>

#include "core/settings/yaml.hpp"
#include "daemon/documents.hpp"

namespace tributary {
namespace {

using Json = rapidjson::Document;

rapidjson::Value text(const std::string& value, Json::AllocatorType& memory) {
    return {value.c_str(), static_cast<rapidjson::SizeType>(value.size()), memory};
}

rapidjson::Value json_of(const Node& node, Json::AllocatorType& memory) {
    if (node.is_scalar()) return text(node.scalar, memory);
    rapidjson::Value value;
    if (node.is_list()) {
        value.SetArray();
        for (const Node& item : node.items) value.PushBack(json_of(item, memory), memory);
    }
    if (node.is_map()) {
        value.SetObject();
        for (const auto& entry : node.entries)
            value.AddMember(text(entry.key, memory), json_of(entry.value, memory), memory);
    }
    return value;
}

bool editor_accepts(const Node& node) {
    Json schema;
    schema.Parse(configuration_schema().c_str());
    REQUIRE_FALSE(schema.HasParseError());
    const rapidjson::SchemaDocument compiled(schema);
    rapidjson::SchemaValidator validator(compiled);
    Json document;
    return json_of(node, document.GetAllocator()).Accept(validator);
}

Node sample(const std::string& file, YamlFiles& files) {
    Diagnostics diagnostics;
    const Environment anything = [](std::string_view) { return std::string("1"); };
    Node node = files.load("config/" + file, anything, diagnostics);
    INFO(diagnostics.text());
    REQUIRE_FALSE(diagnostics.has_errors());
    return node;
}

TEST_CASE("an editor accepts the samples by the schema of the configuration", "[docs]") {
    for (const char* file : {"sqlite.yaml", "postgres.yaml", "mariadb.yaml", "demo.yaml"}) {
        INFO(file);
        YamlFiles files;
        CHECK(editor_accepts(sample(file, files)));
    }
}

TEST_CASE("an editor marks an option that a connector does not have", "[docs]") {
    for (const std::string wrong : {"pth: shop.db", "path: shop.db, dsn: x"}) {
        INFO(wrong);
        YamlFiles files;
        Diagnostics diagnostics;
        const std::string yaml =
            "{tenant: a, instance: b, kafka: {brokers: [c], topic_prefix: d}, sources: {shop: {connector: sqlite, " +
            wrong + ", streams: {s: {key: [id], table: t}}}}}";
        const Node node = files.parse(yaml, "test.yaml", process_environment(), diagnostics);
        REQUIRE_FALSE(diagnostics.has_errors());
        CHECK_FALSE(editor_accepts(node));
    }
}

}  // namespace
}  // namespace tributary
