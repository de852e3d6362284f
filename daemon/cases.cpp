#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <filesystem>

#include "core/mapping/case_runner.hpp"
#include "daemon/commands.hpp"
#include "daemon/load.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

struct Tally {
    std::size_t passed = 0;
    std::size_t failed = 0;
};

StreamFinder finder(Configuration* configuration) {
    return [configuration](std::string_view source_name, std::string_view name) -> std::optional<MappingContext> {
        if (configuration == nullptr) return std::nullopt;
        for (SourceConfiguration& source : configuration->sources) {
            const StreamConfiguration* stream = source.name == source_name ? source.stream(name) : nullptr;
            if (stream != nullptr)
                return MappingContext{configuration->tenant, source.name, stream->name, stream->node, source.node};
        }
        return std::nullopt;
    };
}

/// Indented below the case it belongs to, line by line.
void print_indented(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        fmt::print("        {}\n", text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void print_result(const CaseResult& result, bool passed, bool colour) {
    const std::string verdict = passed ? toned(Tone::good, "ok  ", colour) : toned(Tone::bad, "FAIL", colour);
    fmt::print("  {}  {}", verdict, result.name.empty() ? "(without a name)" : result.name);
    if (!passed) fmt::print("  (line {})", result.place.line);
    fmt::print("\n");
    for (const std::string& difference : result.differences) print_indented(difference);
}

/// Errors in the lines from `first` to before `end`: a case that holds one may have tested nothing.
std::size_t errors_between(const std::vector<Diagnostic>& findings, int first, int end) {
    return static_cast<std::size_t>(std::ranges::count_if(findings, [&](const Diagnostic& finding) {
        return finding.severity == Severity::error && finding.place.line >= first && finding.place.line < end;
    }));
}

void run_file(const std::filesystem::path& file, const StreamFinder& find_stream, Tally& tally) {
    YamlFiles files;
    Diagnostics diagnostics;
    const Node node = files.load(file, process_environment(), diagnostics);
    std::vector<CaseResult> results;
    if (!diagnostics.has_errors()) results = run_cases(node, find_stream, diagnostics);
    const bool colour = shows_colour(stdout);
    const auto findings = diagnostics.sorted();
    std::size_t inside = 0;
    fmt::print("{}\n", file.string());
    for (std::size_t i = 0; i < results.size(); ++i) {
        const int end = i + 1 < results.size() ? results[i + 1].place.line : INT_MAX;
        const std::size_t errors = errors_between(findings, results[i].place.line, end);
        const bool passed = results[i].passed() && errors == 0;
        print_result(results[i], passed, colour);
        ++(passed ? tally.passed : tally.failed);
        inside += errors;
    }
    fmt::print("{}", diagnostics.text(colour));
    tally.failed += errors_between(findings, 0, INT_MAX) - inside;
}

/// A directory stands for the YAML files in it.
std::vector<std::filesystem::path> case_files(const std::vector<std::filesystem::path>& paths) {
    std::vector<std::filesystem::path> files;
    for (const auto& path : paths) {
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            files.push_back(path);
            continue;
        }
        const auto first = files.size();
        for (const auto& entry : std::filesystem::directory_iterator(path, error))
            if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml")
                files.push_back(entry.path());
        std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
    }
    return files;
}

}  // namespace

int test_command(const TestOptions& options) {
    std::unique_ptr<Configuration> configuration;
    if (options.configuration) {
        configuration = load_configuration({*options.configuration});
        if (!configuration) return exit_refused;
    }
    const StreamFinder find_stream = finder(configuration.get());
    Tally tally;
    for (const auto& file : case_files(options.cases)) run_file(file, find_stream, tally);
    if (tally.passed + tally.failed == 0) complain("there is no case in these files");
    fmt::print("{} passed, {} failed\n", tally.passed, tally.failed);
    return tally.failed == 0 && tally.passed > 0 ? 0 : exit_check_failed;
}

}  // namespace tributary
