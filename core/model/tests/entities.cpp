#include <rapidjson/document.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "core/mapping/expression_compiler.hpp"
#include "core/model/entity.hpp"

namespace tributary {
namespace {

/// Finds types.json for `$ref`s, as a validator that reads the folder does.
class Types : public rapidjson::IRemoteSchemaDocumentProvider {
  public:
    Types() {
        for (const EmbeddedFile& file : embedded_schemas())
            if (file.name == "types.json") document_.Parse(file.content.data(), file.content.size());
        // the types refer to each other, through the provider too
        first_ = std::make_unique<rapidjson::SchemaDocument>(document_, this);
        schema_ = std::make_unique<rapidjson::SchemaDocument>(document_, this);
    }
    const rapidjson::SchemaDocument* GetRemoteDocument(const char*, rapidjson::SizeType) override {
        return schema_ ? schema_.get() : first_.get();
    }

  private:
    rapidjson::Document document_;
    std::unique_ptr<rapidjson::SchemaDocument> first_;
    std::unique_ptr<rapidjson::SchemaDocument> schema_;
};

std::string violation(const rapidjson::SchemaValidator& validator) {
    rapidjson::StringBuffer at;
    validator.GetInvalidDocumentPointer().StringifyUriFragment(at);
    return std::string(at.GetString()) + " " + validator.GetInvalidSchemaKeyword();
}

void check_members_are_declared(const rapidjson::Value& object, std::span<const Field> fields) {
    for (const auto& member : object.GetObject()) {
        const auto field = std::ranges::find(fields, member.name.GetString(), &Field::wire_name);
        INFO(member.name.GetString());
        REQUIRE(field != fields.end());
        if (member.value.IsArray() && !field->fields.empty())
            for (const auto& element : member.value.GetArray()) check_members_are_declared(element, field->fields);
    }
}

TEST_CASE("the examples of every schema are valid and name only declared fields", "[model]") {
    Types types;
    for (const Entity& entity : catalogue().entities()) {
        const auto file = std::ranges::find(embedded_schemas(), entity.name + ".json", &EmbeddedFile::name);
        rapidjson::Document schema;
        schema.Parse(file->content.data(), file->content.size());
        const rapidjson::SchemaDocument compiled(schema, &types);
        REQUIRE_FALSE(entity.examples.empty());
        for (const std::string& text : entity.examples) {
            rapidjson::Document example;
            example.Parse(text.c_str());
            rapidjson::SchemaValidator validator(compiled);
            const bool valid = example.Accept(validator);
            INFO(entity.name << " " << text << " " << (valid ? "" : violation(validator)));
            CHECK(valid);
            check_members_are_declared(example, entity.fields);
        }
    }
}

TEST_CASE("entities have the names and requirements of the contract", "[model]") {
    const std::map<std::string, std::vector<std::string>> required = {
        {"customer", {"name"}},
        {"product", {"sku"}},
        {"sales_order", {"number"}},
        {"shipment", {"number"}},
        {"invoice", {"number"}},
        {"payment", {"number"}},
        {"stock_level", {"product", "location", "on_hand"}},
    };
    CHECK(catalogue().entities().size() == required.size());
    for (const auto& [name, fields] : required) {
        const Entity* entity = catalogue().find(name);
        REQUIRE(entity != nullptr);
        std::vector<std::string> found;
        for (const Field& field : entity->fields)
            if (field.required) found.push_back(field.name);
        CHECK(found == fields);
        CHECK(entity->find("company")->type == FieldType::text);
        CHECK(entity->find("attributes")->type == FieldType::attributes);
        if (const Field* lines = entity->find("lines")) CHECK(find_field(lines->fields, "attributes") != nullptr);
    }
}

TEST_CASE("references lose _id in configurations", "[model]") {
    const Field* customer = catalogue().find("sales_order")->find("customer");
    REQUIRE(customer != nullptr);
    CHECK(customer->wire_name == "customer_id");
    CHECK(customer->reference == "customer");
    const Field* order = catalogue().find("shipment")->find("order");
    REQUIRE(order != nullptr);
    CHECK(order->wire_name == "order_id");
    CHECK(order->reference == "sales_order");
}

void check_no_operator(std::span<const Field> fields, std::string_view entity) {
    for (const Field& field : fields) {
        INFO(entity << "." << field.name);
        CHECK(std::ranges::find(mapping::deciding_operators(), field.name) == mapping::deciding_operators().end());
        check_no_operator(field.fields, entity);
    }
}

TEST_CASE("no field bears the name of an operator that makes a map an expression", "[model]") {
    for (const Entity& entity : catalogue().entities()) check_no_operator(entity.fields, entity.name);
}

TEST_CASE("tags are short and each entity's own", "[model]") {
    std::vector<std::string> tags;
    for (const Entity& entity : catalogue().entities()) {
        CHECK(entity.tag.size() <= 8);
        tags.push_back(entity.tag);
    }
    std::ranges::sort(tags);
    CHECK(std::ranges::adjacent_find(tags) == tags.end());
}

}  // namespace
}  // namespace tributary
