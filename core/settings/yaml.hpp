#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/settings/diagnostics.hpp"
#include "core/settings/node.hpp"

namespace tributary {

/// What comes from outside is capped: an alias bomb, a deep nest or a huge file is an error with its place.
struct YamlLimits {
    std::size_t bytes = 4 * 1024 * 1024;
    std::size_t nodes = 200'000;  ///< After aliases are expanded.
    int depth = 64;
};

/// Where `${VAR}` finds its value; tests pass their own.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

/// Reads YAML into nodes and owns the file names their places point to. Nodes must not outlive it.
class YamlFiles {
  public:
    /// Parses one document. `${VAR}`, `${VAR:default}` and `${file:PATH}` are substituted in scalar values (not in
    /// keys); an undefined variable or an unreadable file is an error at its place. `$${` is a literal `${`.
    Node parse(std::string_view text, std::string file_name, const Environment& environment, Diagnostics& diagnostics,
               const YamlLimits& limits = {});
    /// A file, or a directory: all `*.yaml` and `*.yml` in it in name order, their top-level maps merged; `sources` are
    /// joined, any other key that stands in two files is an error.
    Node load(const std::filesystem::path& path, const Environment& environment, Diagnostics& diagnostics);

    /// Every secret that was substituted, for the log's redaction.
    const std::vector<std::string>& secrets() const { return secrets_; }

  private:
    std::deque<std::string> names_;
    std::vector<std::string> secrets_;
};

}  // namespace tributary
