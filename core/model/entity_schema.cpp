#include <fmt/format.h>
#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <xxhash.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "core/model/entity.hpp"

namespace tributary {
namespace {

using Json = rapidjson::Value;

[[noreturn]] void unreadable(std::string_view file, std::string_view why) {
    std::fputs(fmt::format("schemas/{}: {}\n", file, why).c_str(), stderr);
    std::abort();
}

std::string text_of(const Json& object, const char* name) {
    const auto member = object.FindMember(name);
    if (member == object.MemberEnd() || !member->value.IsString()) return {};
    return {member->value.GetString(), member->value.GetStringLength()};
}

const Json* member_of(const Json& object, const char* name) {
    const auto member = object.FindMember(name);
    return member == object.MemberEnd() ? nullptr : &member->value;
}

/// Reads the schemas of one set of files; `$ref` points to `types.json#/$defs/NAME`.
class SchemaReader {
  public:
    explicit SchemaReader(std::span<const EmbeddedFile> files) {
        for (const EmbeddedFile& file : files) {
            auto& document = documents_[std::string(file.name)];
            document.Parse<rapidjson::kParseIterativeFlag>(file.content.data(), file.content.size());
            if (document.HasParseError() || !document.IsObject()) unreadable(file.name, "not a JSON object");
        }
    }

    std::vector<Entity> entities() {
        std::vector<Entity> all;
        for (const auto& [file, document] : documents_) {
            const Json* own = member_of(document, "x-tributary");
            if (own == nullptr) continue;
            file_ = file;
            all.push_back(entity(document, *own));
            all.back().number = static_cast<EntityNo>(all.size() - 1);
        }
        return all;
    }

  private:
    Entity entity(const Json& schema, const Json& own) {
        Entity result;
        result.name = file_.substr(0, file_.find('.'));
        result.tag = text_of(own, "tag");
        result.title = text_of(schema, "title");
        result.help = text_of(schema, "description");
        result.fields = fields_of(schema);
        result.version = version_of(schema);
        if (const Json* examples = member_of(schema, "examples"))
            for (const Json& example : examples->GetArray()) result.examples.push_back(json_text(example));
        if (result.tag.empty() || result.help.empty()) unreadable(file_, "an entity needs a tag and a description");
        return result;
    }

    std::vector<Field> fields_of(const Json& schema) {
        std::vector<Field> fields;
        const Json* properties = member_of(schema, "properties");
        if (properties == nullptr) return fields;
        for (const auto& property : properties->GetObject()) {
            fields.push_back(field(property.name.GetString(), property.value));
            if (const Json* required = member_of(schema, "required"))
                for (const Json& name : required->GetArray())
                    if (name == property.name) fields.back().required = true;
        }
        return fields;
    }

    Field field(std::string wire_name, const Json& property) {
        const Json& base = resolved(property);
        Field result;
        result.help = text_of(property, "description");
        if (result.help.empty()) result.help = text_of(base, "description");
        if (result.help.empty()) unreadable(file_, wire_name + " needs a description");
        if (const Json* own = member_of(base, "x-tributary")) read_vocabulary(*own, result);
        if (const Json* choices = member_of(base, "enum")) {
            result.type = FieldType::choice;
            for (const Json& choice : choices->GetArray()) result.choices.emplace_back(choice.GetString());
        }
        if (text_of(base, "type") == "array") read_list(base, result);
        if (result.type == FieldType::money) result.fields = fields_of(base);
        if (result.name.empty()) result.name = configured_name(wire_name, result.type);
        result.wire_name = std::move(wire_name);
        return result;
    }

    void read_list(const Json& schema, Field& field) {
        field.type = FieldType::list;
        const Json* items = member_of(schema, "items");
        if (items == nullptr) unreadable(file_, "a list needs items");
        field.fields = fields_of(*items);
    }

    void read_vocabulary(const Json& own, Field& field) {
        static const std::map<std::string, FieldType, std::less<>> kinds = {
            {"", FieldType::text},
            {"decimal", FieldType::decimal},
            {"money", FieldType::money},
            {"currency", FieldType::currency},
            {"country", FieldType::country},
            {"day", FieldType::day},
            {"instant", FieldType::instant},
            {"day_or_instant", FieldType::day_or_instant},
            {"phone", FieldType::phone},
            {"email", FieldType::email},
            {"attributes", FieldType::attributes},
            {"derived", FieldType::derived},
        };
        const auto kind = kinds.find(text_of(own, "kind"));
        if (kind == kinds.end()) unreadable(file_, "unknown kind " + text_of(own, "kind"));
        field.type = kind->second;
        field.reference = text_of(own, "reference");
        if (!field.reference.empty()) field.type = FieldType::reference;
        field.name = text_of(own, "name");
        field.sort = text_of(own, "sort");
        field.value = text_of(own, "value");
        const Json* set = member_of(own, "set");
        field.set = set != nullptr && set->IsTrue();
    }

    const Json& resolved(const Json& property) {
        static constexpr std::string_view prefix = "types.json#/$defs/";
        const std::string target = text_of(property, "$ref");
        if (target.empty()) return property;
        const auto types = documents_.find("types.json");
        if (!target.starts_with(prefix) || types == documents_.end()) unreadable(file_, "cannot follow " + target);
        const Json* definitions = member_of(types->second, "$defs");
        const Json* found = definitions ? member_of(*definitions, target.c_str() + prefix.size()) : nullptr;
        if (found == nullptr) unreadable(file_, "cannot follow " + target);
        return *found;
    }

    static std::string configured_name(const std::string& wire_name, FieldType type) {
        const bool is_reference = type == FieldType::reference && wire_name.ends_with("_id");
        return is_reference ? wire_name.substr(0, wire_name.size() - 3) : wire_name;
    }

    static std::string json_text(const Json& value) {
        rapidjson::StringBuffer buffer;
        rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
        value.Accept(writer);
        return {buffer.GetString(), buffer.GetSize()};
    }

    /// What decides about documents: the properties, and the types they refer to.
    std::string version_of(const Json& schema) const {
        std::string all;
        for (const char* name : {"properties", "required"})
            if (const Json* part = member_of(schema, name)) all += json_text(*part);
        const auto types = documents_.find("types.json");
        if (types != documents_.end()) all += json_text(types->second);
        return fmt::format("{:016x}", XXH3_64bits(all.data(), all.size()));
    }

    std::map<std::string, rapidjson::Document> documents_;
    std::string file_;
};

}  // namespace

Catalogue::Catalogue(std::span<const EmbeddedFile> schemas) : entities_(SchemaReader(schemas).entities()) {}

}  // namespace tributary
