#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include "core/configuration/configuration.hpp"
#include "core/configuration/source_options.hpp"
#include "core/settings/render.hpp"
#include "daemon/catalogue.hpp"
#include "daemon/documents.hpp"
#include "daemon/option_sets.hpp"

namespace tributary {

namespace {

using Json = rapidjson::Document;
using Value = Json::ValueType;

class SchemaBuilder {
  public:
    SchemaBuilder() : document_(schema_of(top_level_options())) {}

    std::string build() {
        Value kinds(rapidjson::kArrayType);
        for (const Connector* connector : connectors()) kinds.PushBack(source(*connector), memory());
        Value any(rapidjson::kObjectType);
        any.AddMember("anyOf", kinds, memory());
        property(document_, "sources") = by_name(any);
        rapidjson::StringBuffer buffer;
        rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
        writer.SetIndent(' ', 2);
        document_.Accept(writer);
        return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
    }

  private:
    static Json schema_of(std::span<const Option> options) {
        Json schema;
        schema.Parse(options_as_json_schema(options).c_str());
        return schema;
    }

    Value source(const Connector& connector) {
        Value schema(schema_of(source_options_of(connector)), memory());
        const std::string_view text = connector.name();
        Value name(text.data(), static_cast<rapidjson::SizeType>(text.size()), memory());
        Value fixed(rapidjson::kObjectType);
        fixed.AddMember("const", name, memory());
        property(schema, "connector") = fixed;
        Value stream(schema_of(stream_options_of(connector)), memory());
        // What is required may come from the mapping that is used; lint knows.
        if (!connector.mappings().empty()) without_required(stream);
        property(schema, "streams") = by_name(stream);
        schema.RemoveMember("$schema");
        return schema;
    }

    static void without_required(Value& schema) {
        schema.RemoveMember("required");
        const auto properties = schema.FindMember("properties");
        if (properties == schema.MemberEnd()) return;
        for (auto& each : properties->value.GetObject()) without_required(each.value);
    }

    Value by_name(Value& schema) {
        schema.RemoveMember("$schema");
        Value map(rapidjson::kObjectType);
        map.AddMember("type", "object", memory());
        map.AddMember("additionalProperties", schema, memory());
        return map;
    }

    static Value& property(Value& schema, const char* name) { return schema["properties"][name]; }
    Json::AllocatorType& memory() { return document_.GetAllocator(); }

    Json document_;
};

}  // namespace

std::string configuration_schema() { return SchemaBuilder().build(); }

}  // namespace tributary
