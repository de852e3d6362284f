#include "tests/pipeline/streams.hpp"

#include <stdexcept>

#include "core/settings/yaml.hpp"

namespace tributary::simulation {

namespace {

constexpr const char* yaml = R"(
- {entity: product, key: [id], fields: {sku: id, status: status, attributes: {rev: rev}}}
- {entity: sales_order, key: [id], fields: {number: id, status: {from: status, map: {active: open}}, attributes: {rev: rev}}}
- {entity: invoice, key: [id], fields: {number: id, status: {from: status, map: {active: open}}, attributes: {rev: rev}}}
- {entity: customer, space: people, key: [id], identity: [group],
   fields: {name: {from: group}, number: id, status: status, attributes: {a: rev}}}
- {entity: customer, space: people, key: [id], identity: [group],
   fields: {name: {from: group}, tax_number: id, status: status, attributes: {b: rev}}}
)";

struct Parsed {
    YamlFiles files;
    Diagnostics diagnostics;
    Node node = files.parse(yaml, "simulation.yaml", process_environment(), diagnostics);
};

}  // namespace

const std::vector<StreamDefinition>& stream_definitions() {
    static const std::vector<StreamDefinition> definitions = {
        {"erp", "products", "products", false}, {"erp", "changes", "orders", false},
        {"erp", "changes", "invoices", false},  {"crm", "parties", "parties", true},
        {"shop", "accounts", "accounts", true},
    };
    return definitions;
}

const std::vector<FeedDefinition>& feed_definitions() {
    static const std::vector<FeedDefinition> definitions = {
        {"erp", "products", {0}, false},
        {"erp", "changes", {1, 2}, true},
        {"crm", "parties", {3}, false},
        {"shop", "accounts", {4}, false},
    };
    return definitions;
}

std::unique_ptr<Mapping> mapping_of(std::size_t stream) {
    static Parsed parsed;
    const StreamDefinition& definition = stream_definitions()[stream];
    const MappingContext context{"acme", definition.source, definition.name, &parsed.node.items.at(stream), nullptr};
    auto mapping = Mapping::compile(context, parsed.diagnostics);
    if (!mapping || mapping->identity_differs_from_key() != definition.shared)
        throw std::logic_error("the simulated mapping is wrong: " + parsed.diagnostics.text());
    return mapping;
}

}  // namespace tributary::simulation
