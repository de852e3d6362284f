#include <fmt/format.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <initializer_list>

#include "core/settings/quantity.hpp"
#include "core/settings/render.hpp"

namespace tributary {
namespace {

constexpr std::string_view reference = R"(\$\{)";

/// A pattern for the text form of a value; a reference may stand in its place. Anchored as a whole, because RapidJSON
/// does not know anchors within alternatives.
std::string or_reference(std::string_view pattern) { return fmt::format("^({}|.*{}.*)$", pattern, reference); }

class SchemaWriter {
  public:
    SchemaWriter() : writer_(buffer_) { writer_.SetIndent(' ', 2); }

    std::string run(std::span<const Option> options) {
        writer_.StartObject();
        field("$schema", "https://json-schema.org/draft/2020-12/schema");
        members_of_map(options, false);
        writer_.EndObject();
        return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n";
    }

  private:
    void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
    void text(std::string_view value) { writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size())); }
    void field(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }

    void types(std::initializer_list<std::string_view> names, bool nullable) {
        key("type");
        writer_.StartArray();
        for (const std::string_view name : names) text(name);
        if (nullable) text("null");
        writer_.EndArray();
    }

    void members_of_map(std::span<const Option> options, bool nullable) {
        types({"object"}, nullable);
        key("additionalProperties");
        writer_.Bool(false);
        key("properties");
        writer_.StartObject();
        for (const Option& option : options) property(option);
        writer_.EndObject();
        required(options);
    }

    void required(std::span<const Option> options) {
        if (std::ranges::none_of(options, is_required)) return;
        key("required");
        writer_.StartArray();
        for (const Option& option : options)
            if (is_required(option)) text(option.name);
        writer_.EndArray();
    }

    static bool is_required(const Option& option) { return option.required && option.not_yet.empty(); }

    void property(const Option& option) {
        key(option.name);
        writer_.StartObject();
        std::string description(option.help);
        if (!option.not_yet.empty()) description += fmt::format(" Not yet: {}", option.not_yet);
        field("description", description);
        if (!option.not_yet.empty()) {
            key("not");
            writer_.StartObject();
            writer_.EndObject();
        } else {
            type_of(option);
            annotations(option);
        }
        writer_.EndObject();
    }

    void type_of(const Option& option) {
        const bool nullable = !option.required;
        switch (option.type) {
            case OptionType::any:
                return;
            case OptionType::text:
                return types({"string", "number", "boolean"}, nullable);
            case OptionType::boolean:
                return pattern({"boolean", "string"}, "true|false", nullable);
            case OptionType::integer:
                pattern({"integer", "string"}, "-?[0-9]+", nullable);
                return bounds(option.at_least, option.at_most);
            case OptionType::bytes:
                pattern({"integer", "string"}, "[0-9]+(KB|MB|GB|TB)?", nullable);
                return bounds(std::max<std::int64_t>(option.at_least, 0), option.at_most);
            case OptionType::duration:
                pattern({"integer", "string"}, "0|[0-9]+(ms|s|m|h|d)", nullable);
                return bounds(0, 0);
            case OptionType::choice:
                return choice(option, nullable);
            case OptionType::texts:
                return list_of_texts(nullable);
            case OptionType::section:
                return members_of_map(option.fields, nullable);
            case OptionType::sections:
                return named_sections(option, nullable);
        }
    }

    void pattern(std::initializer_list<std::string_view> names, std::string_view form, bool nullable) {
        types(names, nullable);
        field("pattern", or_reference(form));
    }

    void bounds(std::int64_t at_least, std::int64_t at_most) {
        if (at_least != INT64_MIN) {
            key("minimum");
            writer_.Int64(at_least);
        }
        if (at_most != INT64_MAX) {
            key("maximum");
            writer_.Int64(at_most);
        }
    }

    void choice(const Option& option, bool nullable) {
        key("anyOf");
        writer_.StartArray();
        writer_.StartObject();
        key("enum");
        writer_.StartArray();
        for (const std::string_view each : option.choices) text(each);
        if (nullable) writer_.Null();
        writer_.EndArray();
        writer_.EndObject();
        writer_.StartObject();
        field("type", "string");
        field("pattern", reference);
        writer_.EndObject();
        writer_.EndArray();
    }

    void list_of_texts(bool nullable) {
        types({"array", "string", "number", "boolean"}, nullable);
        key("items");
        writer_.StartObject();
        types({"string", "number", "boolean"}, false);
        writer_.EndObject();
    }

    void named_sections(const Option& option, bool nullable) {
        types({"object"}, nullable);
        key("additionalProperties");
        writer_.StartObject();
        members_of_map(option.fields, std::ranges::none_of(option.fields, is_required));
        writer_.EndObject();
    }

    void annotations(const Option& option) {
        if (!option.fallback.empty()) {
            key("default");
            typed(option, option.fallback);
        }
        if (option.secret) {
            key("writeOnly");
            writer_.Bool(true);
        }
    }

    void typed(const Option& option, std::string_view value) {
        if (const auto flag = parse_boolean(value); flag && option.type == OptionType::boolean)
            writer_.Bool(*flag);
        else if (const auto number = parse_integer(value); number && option.type == OptionType::integer)
            writer_.Int64(*number);
        else
            text(value);
    }

    rapidjson::StringBuffer buffer_;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_;
};

}  // namespace

std::string options_as_json_schema(std::span<const Option> options) { return SchemaWriter().run(options); }

}  // namespace tributary
