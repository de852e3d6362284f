#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "core/settings/yaml.hpp"

namespace {

using tributary::Node;

std::size_t nodes_below(const Node& node, int depth, const tributary::YamlLimits& limits) {
    if (depth > limits.depth) std::abort();
    std::size_t count = 1;
    for (const Node& item : node.items)
        count += nodes_below(item, depth + (item.is_list() || item.is_map() ? 1 : 0), limits);
    for (const Node::Entry& entry : node.entries) {
        if (!entry.key_place.file || entry.key_place.line < 1 || entry.key_place.column < 1) std::abort();
        count += nodes_below(entry.value, depth + (entry.value.is_list() || entry.value.is_map() ? 1 : 0), limits);
    }
    return count;
}

}  // namespace

/// Whatever a file holds ends in nodes within the limits or in an error, and never in a crash.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const tributary::Environment environment = [](std::string_view name) -> std::optional<std::string> {
        return name.size() % 2 ? std::optional<std::string>(name) : std::nullopt;
    };
    const tributary::YamlLimits limits{.bytes = 64 * 1024, .nodes = 1000, .depth = 16};
    tributary::YamlFiles files;
    tributary::Diagnostics diagnostics;
    const Node root = files.parse(text, "fuzz.yaml", environment, diagnostics, limits);
    if (nodes_below(root, root.is_list() || root.is_map() ? 1 : 0, limits) > limits.nodes) std::abort();
    if (diagnostics.has_errors() && diagnostics.text().empty()) std::abort();
    return 0;
}
