#pragma once

#include <map>
#include <set>
#include <span>
#include <string>

#include "core/connector/connector.hpp"
#include "core/settings/yaml.hpp"

namespace tributary {

/// One line that says what the mapping reads; empty: it does not say.
std::string mapping_summary(const EmbeddedFile& mapping);

/// Writes into a configuration what its streams `use`, as if the engineer had: a stream becomes the mapping's stream
/// with what was written merged over it, the mapping's further streams come behind it as `<stream>_<name>`, its
/// look-ups and maps into the source unless they are there. Places stay: what came from a mapping has a place in
/// "mapping odoo/order".
class ReadyMappings {
  public:
    /// `files` will own the names of the mappings.
    ReadyMappings(std::span<const Connector* const> connectors, YamlFiles& files, Diagnostics& diagnostics)
        : connectors_(connectors), files_(files), diagnostics_(diagnostics) {}

    void expand(Node& configuration);

  private:
    void expand_source(Node& source, const Connector& connector);
    std::vector<Node::Entry> streams_of(const Node::Entry& written, const Node& mapping);
    void tell_needs(const Node& use, const Node& mapping, const Node& source);
    void add_to_source(Node& source, std::span<const Node* const> used, std::string_view section);
    const Node* find(const Node& use, const Connector& connector);
    const Node& parsed(const EmbeddedFile& file);

    std::span<const Connector* const> connectors_;
    YamlFiles& files_;
    Diagnostics& diagnostics_;
    std::map<std::string_view, Node> parsed_;
};

}  // namespace tributary
