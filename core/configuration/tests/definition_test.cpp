#include "core/configuration/definition.hpp"

#include <catch2/catch.hpp>

#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

constexpr Option mark_options[] = {{.name = "column", .help = "C.", .defines_rows = true},
                                   {.name = "overlap", .help = "O."}};
constexpr Option child_options[] = {{.name = "table", .help = "T.", .defines_rows = true},
                                    {.name = "pace", .help = "P."}};
constexpr Option options[] = {
    {.name = "table", .help = "T.", .defines_rows = true},
    {.name = "every", .help = "E."},
    {.name = "watermark", .type = OptionType::section, .help = "W.", .fields = mark_options},
    {.name = "include", .type = OptionType::sections, .help = "I.", .fields = child_options},
};

std::string of(const std::string& yaml) {
    Diagnostics diagnostics;
    YamlFiles files;
    const auto none = [](std::string_view) -> std::optional<std::string> { return std::nullopt; };
    const Node node = files.parse(yaml, "a.yaml", none, diagnostics);
    REQUIRE_FALSE(diagnostics.has_errors());
    return definition_fingerprint(node, options);
}

const std::string whole =
    "{table: a, every: 1s, watermark: {column: c, overlap: 1s}, include: {l: {table: b, pace: 1}}}";

TEST_CASE("what says which rows there are changes a stream's definition, at any depth", "[definition]") {
    CHECK(of("{table: x, every: 1s, watermark: {column: c, overlap: 1s}, include: {l: {table: b, pace: 1}}}") !=
          of(whole));
    CHECK(of("{table: a, every: 1s, watermark: {column: x, overlap: 1s}, include: {l: {table: b, pace: 1}}}") !=
          of(whole));
    CHECK(of("{table: a, every: 1s, watermark: {column: c, overlap: 1s}, include: {l: {table: x, pace: 1}}}") !=
          of(whole));
    CHECK(of("{table: a, every: 1s, watermark: {column: c, overlap: 1s}, include: {x: {table: b, pace: 1}}}") !=
          of(whole));
    CHECK(of("{table: a, every: 1s, watermark: {column: c, overlap: 1s}}") != of(whole));
}

TEST_CASE("schedules, overlaps and the order of keys leave a definition as it is", "[definition]") {
    CHECK(of("{include: {l: {pace: 9, table: b}}, watermark: {overlap: 9s, column: c}, every: 9s, table: a}") ==
          of(whole));
}

}  // namespace
}  // namespace tributary
