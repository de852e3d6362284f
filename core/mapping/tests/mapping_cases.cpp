#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/mapping/case_runner.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {
namespace {

// ./run test starts the tests in the repository's root
const std::filesystem::path cases_folder = "core/mapping/tests/cases";

std::vector<std::filesystem::path> case_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(cases_folder))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string content_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<MappingContext> no_stream(std::string_view, std::string_view) { return std::nullopt; }

std::vector<CaseResult> run_text(std::string_view yaml, YamlFiles& files, Diagnostics& diagnostics) {
    const Node node = files.parse(yaml, "cases.yaml", process_environment(), diagnostics);
    return run_cases(node, no_stream, diagnostics);
}

TEST_CASE("every mapping case does what it expects", "[mapping]") {
    const auto files = case_files();
    REQUIRE_FALSE(files.empty());
    for (const auto& path : files) {
        Diagnostics diagnostics;
        YamlFiles yaml;
        const Node node = yaml.parse(content_of(path), path.string(), process_environment(), diagnostics);
        for (const CaseResult& result : run_cases(node, no_stream, diagnostics)) {
            INFO(path << ":" << result.place.line << ": " << result.name);
            for (const std::string& difference : result.differences) UNSCOPED_INFO(difference);
            CHECK(result.passed());
        }
        INFO(diagnostics.text());
        CHECK_FALSE(diagnostics.has_errors());
    }
}

TEST_CASE("a case that expects something else fails and says where", "[mapping]") {
    Diagnostics diagnostics;
    YamlFiles files;
    const auto results = run_text(R"(
define: {entity: product, key: id, fields: {sku: sku, name: name, barcodes: [ean]}}
cases:
  - name: wrong on purpose
    rows: [{id: 1, sku: A, name: Bolt, ean: "4006381333931"}]
    expect: [{product: {sku: B, group: Fasteners, barcodes: ["4006381333931", "5"]}}]
)",
                                  files, diagnostics);
    REQUIRE(results.size() == 1);
    CHECK(results[0].differences == std::vector<std::string>{
                                        "row 1: sku: expected B, found A",
                                        "row 1: group: expected Fasteners, found nothing",
                                        "row 1: barcodes[1]: expected 5, found nothing",
                                        "row 1: name: expected nothing, found Bolt",
                                    });
}

TEST_CASE("a case file with a misspelt key is an error at its place", "[mapping]") {
    Diagnostics diagnostics;
    YamlFiles files;
    run_text("cases:\n  - {name: x, rwos: [], define: {entity: product, key: id, fields: {sku: a}}}\n", files,
             diagnostics);
    INFO(diagnostics.text());
    CHECK(diagnostics.text().find("cases.yaml:2:15: error: unknown key 'rwos', did you mean 'rows'?") !=
          std::string::npos);
}

}  // namespace
}  // namespace tributary
