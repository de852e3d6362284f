#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary {

/// What comes from outside is capped: an alias bomb, a deep nest or a huge file is an error with its place.
struct YamlLimits {
    std::size_t bytes = 4 * 1024 * 1024;  ///< Of the file, and of all its texts after aliases and substitution.
    std::size_t nodes = 200'000;          ///< After aliases are expanded.
    int depth = 64;
};

/// Where `${VAR}` finds its value; tests pass their own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

/// The files a configuration stands in: `path` itself, or all `*.yaml` and `*.yml` of a directory, in name order.
std::vector<std::filesystem::path> yaml_files(const std::filesystem::path& path, std::error_code& code);

/// Reads YAML into nodes and owns the file names their places point to. Nodes must not outlive it.
class YamlFiles {
  public:
    YamlFiles() = default;
    YamlFiles(const YamlFiles&) = delete;
    YamlFiles& operator=(const YamlFiles&) = delete;

    /// Parses one document; a null node after an error that ends it. `${VAR}`, `${VAR:default}` and `${file:PATH}` are
    /// substituted in scalar values (not in keys); an undefined variable or an unreadable file is an error at its
    /// place. `$${` is a literal `${`. A relative PATH is below the directory of `file_name`.
    Node parse(std::string_view text, std::string file_name, const Environment& environment, Diagnostics& diagnostics,
               const YamlLimits& limits = {});
    /// A file, or a directory: all `*.yaml` and `*.yml` in it in name order, their top-level maps merged; `sources` are
    /// joined, any other key that stands in two files is an error.
    Node load(const std::filesystem::path& path, const Environment& environment, Diagnostics& diagnostics);

    /// What came from `${file:PATH}`, and the passwords written in it; for the log's redaction.
    const std::vector<std::string>& secrets() const { return secrets_; }

  private:
    Node load_file(const std::filesystem::path& path, const Environment& environment, Diagnostics& diagnostics);
    Node load_directory(const std::filesystem::path& path, const Environment& environment, Diagnostics& diagnostics);

    std::deque<std::string> names_;
    std::vector<std::string> secrets_;
};

}  // namespace tributary
