#include "core/settings/render.hpp"

#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include <catch2/catch.hpp>

namespace tributary {
namespace {

constexpr std::string_view clocks[] = {"database", "application"};

constexpr Option watermark_options[] = {
    {.name = "column", .help = "Column that grows with every change.", .required = true, .example = "updated_at"},
    {.name = "stamped_by",
     .type = OptionType::choice,
     .help = "Whose clock.",
     .fallback = "database",
     .choices = clocks},
};

constexpr Option child_options[] = {{.name = "table", .help = "Child table.", .required = true}};

constexpr std::string_view changes[] = {"reread"};

constexpr Option options[] = {
    {.name = "table", .help = "Table or view.", .required = true},
    {.name = "watermark", .type = OptionType::section, .help = "How changes are found.", .fields = watermark_options},
    {.name = "include", .type = OptionType::sections, .help = "Child rows.", .fields = child_options},
    {.name = "every", .type = OptionType::duration, .help = "Pause between polls.", .fallback = "10s", .at_least = 10},
    {.name = "page",
     .type = OptionType::integer,
     .help = "Rows a page.",
     .fallback = "1000",
     .at_least = 1,
     .at_most = 100'000},
    {.name = "active", .type = OptionType::boolean, .help = "Whether it runs.", .fallback = "true"},
    {.name = "key", .type = OptionType::texts, .help = "Key columns."},
    {.name = "dsn", .help = "Where the database is.", .secret = true},
    {.name = "on_change", .type = OptionType::choice, .help = "A changed mapping.", .choices = changes},
    {.name = "sweep", .help = "Read all again.", .not_yet = "sweeps come later"},
};

TEST_CASE("declared options are a table for the terminal") {
    CHECK(describe_options(options) ==
          "OPTION                TYPE                    DEFAULT   MEANING\n"
          "table                 text                    required  Table or view.\n"
          "watermark             section                           How changes are found.\n"
          "watermark.column      text                    required  Column that grows with every change.\n"
          "                                                        Example: updated_at\n"
          "watermark.stamped_by  database | application  database  Whose clock.\n"
          "include               named sections                    Child rows.\n"
          "include.NAME.table    text                    required  Child table.\n"
          "every                 duration                10s       Pause between polls. At least 10ms.\n"
          "page                  number                  1000      Rows a page. From 1 to 100000.\n"
          "active                true or false           true      Whether it runs.\n"
          "key                   list of texts                     Key columns.\n"
          "dsn                   text                              Where the database is. (secret)\n"
          "on_change             reread                            A changed mapping.\n"
          "sweep                 text                              Read all again. (not yet: sweeps come later)\n");
}

TEST_CASE("declared options are a Markdown table whose cells cannot be broken") {
    const std::string markdown = options_as_markdown(options);
    CHECK_THAT(markdown, Catch::StartsWith("| Option | Type | Default | Meaning |\n|---|---|---|---|\n"
                                           "| `table` | text | required | Table or view. |\n"));
    CHECK_THAT(markdown,
               Catch::Contains("| `watermark.stamped_by` | database \\| application | `database` | Whose clock. |\n"));
    CHECK_THAT(markdown, Catch::Contains("| `key` | list of texts | | Key columns. |\n"));
}

/// Whether the schema of `options` takes this map.
bool schema_takes(const std::string& json) {
    rapidjson::Document schema;
    schema.Parse(options_as_json_schema(options).c_str());
    REQUIRE_FALSE(schema.HasParseError());
    rapidjson::Document document;
    document.Parse(json.c_str());
    REQUIRE_FALSE(document.HasParseError());
    const rapidjson::SchemaDocument compiled(schema);
    rapidjson::SchemaValidator validator(compiled);
    return document.Accept(validator);
}

TEST_CASE("the JSON Schema takes what lint takes") {
    for (const std::string json : {
             R"({"table": "t"})",
             R"({"table": 5, "page": 7, "active": true, "every": "5m", "key": "id"})",
             R"({"table": "t", "page": "7", "every": "${EVERY}", "active": "${ON:true}", "key": ["a", 1]})",
             R"({"table": "t", "page": null, "watermark": null, "dsn": null})",
             R"({"table": "t", "watermark": {"column": "c", "stamped_by": "application"}})",
             R"({"table": "t", "watermark": {"column": "c", "stamped_by": "${WHO}"}})",
             R"({"table": "t", "include": {"lines": {"table": "l"}}, "every": 0})",
         }) {
        CAPTURE(json);
        CHECK(schema_takes(json));
    }
}

TEST_CASE("the JSON Schema refuses what lint refuses") {
    for (const std::string json : {
             R"({})",
             R"({"table": null})",
             R"({"table": ["t"]})",
             R"({"tabel": "t", "table": "t"})",
             R"({"table": "t", "page": 0})",
             R"({"table": "t", "page": "many"})",
             R"({"table": "t", "page": 1.5})",
             R"({"table": "t", "active": "yes"})",
             R"({"table": "t", "every": "abc"})",
             R"({"table": "t", "every": 5})",
             R"({"table": "t", "watermark": {}})",
             R"({"table": "t", "watermark": {"column": "c", "stamped_by": "databas"}})",
             R"({"table": "t", "include": {"lines": {}}})",
             R"({"table": "t", "sweep": "1d"})",
         }) {
        CAPTURE(json);
        CHECK_FALSE(schema_takes(json));
    }
}

TEST_CASE("the JSON Schema carries help, defaults and secrecy") {
    rapidjson::Document schema;
    schema.Parse(options_as_json_schema(options).c_str());
    const auto& properties = schema["properties"];
    CHECK(std::string(properties["table"]["description"].GetString()) == "Table or view.");
    CHECK(properties["page"]["default"].GetInt() == 1000);
    CHECK(properties["active"]["default"].GetBool());
    CHECK(std::string(properties["every"]["default"].GetString()) == "10s");
    CHECK(properties["dsn"]["writeOnly"].GetBool());
}

TEST_CASE("a sound declaration has no faults") { CHECK(declaration_faults(options).empty()); }

TEST_CASE("every fault of a declaration is found") {
    constexpr Option faulty[] = {
        {.name = "Table", .help = "Table or view."},
        {.name = "a", .help = "no sentence"},
        {.name = "b", .type = OptionType::duration, .help = "Pause.", .fallback = "5ms", .at_least = 10},
        {.name = "c", .type = OptionType::integer, .help = "Number.", .fallback = "many"},
        {.name = "d", .help = "Text.", .fallback = "x", .required = true},
        {.name = "e", .type = OptionType::choice, .help = "Choice."},
        {.name = "f", .help = "Text.", .fields = child_options},
        {.name = "g", .help = "Text.", .at_most = 5},
        {.name = "h", .type = OptionType::integer, .help = "Number.", .at_least = 5, .at_most = 4},
        {.name = "h", .help = "Text."},
    };
    CHECK(declaration_faults(faulty) == std::vector<std::string>{
                                            "option 'Table' is not lower_snake_case",
                                            "option 'a' has help that is not one sentence on one line",
                                            "option 'b' would refuse its own default",
                                            "option 'c' would refuse its own default",
                                            "option 'd' is required and has a default",
                                            "option 'e' has choices and is no choice, or none",
                                            "option 'f' has fields and is no section",
                                            "option 'g' has bounds that nothing checks",
                                            "option 'h' has bounds that nothing fits between",
                                            "option 'h' is declared twice",
                                        });
}

}  // namespace
}  // namespace tributary
