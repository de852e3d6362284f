#include "core/configuration/ready_mappings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/configuration/merge.hpp"

namespace tributary {
namespace {

/// What is said about a stream holds for those that belong to it too.
constexpr auto shared_options =
    std::to_array<std::string_view>({"every", "space", "on_mapping_change", "deletes", "sweep"});

void remove(Node& map, std::string_view key) {
    std::erase_if(map.entries, [&](const Node::Entry& entry) { return entry.key == key; });
}

Node shared_of(const Node& written, const Node& further) {
    Node shared = Node::at(written.place, Node::Kind::map);
    for (const Node::Entry& entry : written.entries) {
        const bool removes_nothing = entry.value.is_null() && further.find(entry.key) == nullptr;
        if (std::ranges::find(shared_options, entry.key) != shared_options.end() && !removes_nothing)
            shared.entries.push_back(entry);
    }
    return shared;
}

std::vector<std::string_view> names_of(const Node& map) {
    std::vector<std::string_view> names;
    for (const Node::Entry& entry : map.entries) names.push_back(entry.key);
    return names;
}

std::optional<std::string> no_variables(std::string_view) { return std::nullopt; }

}  // namespace

std::string mapping_summary(const EmbeddedFile& mapping) {
    YamlFiles files;
    Diagnostics ignored;
    const Node parsed = files.parse(mapping.content, std::string(mapping.name), no_variables, ignored);
    const Node* summary = parsed.find("summary");
    return summary == nullptr ? "" : summary->scalar;
}

void ReadyMappings::expand(Node& configuration) {
    const auto sources = std::ranges::find(configuration.entries, "sources", &Node::Entry::key);
    if (sources == configuration.entries.end()) return;
    for (Node::Entry& source : sources->value.entries) {
        const Node* name = source.value.find("connector");
        if (name == nullptr || !name->is_scalar()) continue;
        const auto connector = std::ranges::find(connectors_, name->scalar, &Connector::name);
        if (connector != connectors_.end()) expand_source(source.value, **connector);
    }
}

void ReadyMappings::expand_source(Node& source, const Connector& connector) {
    const auto streams = std::ranges::find(source.entries, "streams", &Node::Entry::key);
    if (streams == source.entries.end() || !streams->value.is_map()) return;
    std::vector<Node::Entry> all;
    std::vector<const Node*> used;
    for (Node::Entry& stream : streams->value.entries) {
        const Node* use = stream.value.find("use");
        const Node* mapping = use == nullptr ? nullptr : find(*use, connector);
        if (mapping != nullptr) {
            used.push_back(mapping);
            tell_needs(*use, *mapping, source);
            std::ranges::move(streams_of(stream, *mapping), std::back_inserter(all));
            continue;
        }
        if (const Node::Entry* with = stream.value.entry("with"); with != nullptr && use == nullptr)
            diagnostics_.error(with->key_place,
                               "`with` changes the further streams of a mapping, and this stream has "
                               "no `use`");
        // One that uses a mapping nobody knows is no stream: what it lacks would be told as well.
        if (use == nullptr) all.push_back(std::move(stream));
    }
    std::set<std::string_view> names;
    for (const Node::Entry& stream : all)
        if (!names.insert(stream.key).second)
            diagnostics_.error(stream.key_place, fmt::format("there are two streams '{}': a mapping that is used here "
                                                             "has one of that name",
                                                             stream.key));
    streams->value.entries = std::move(all);
    for (const std::string_view section : {"lookups", "maps"}) add_to_source(source, used, section);
}

/// What a mapping reads may lack what the system never tells, and `defaults` of the source do.
void ReadyMappings::tell_needs(const Node& use, const Node& mapping, const Node& source) {
    const Node* needs = mapping.find("needs");
    if (needs == nullptr) return;
    const Node* defaults = source.find("defaults");
    for (const Node::Entry& need : needs->entries) {
        const Node* given = defaults == nullptr ? nullptr : defaults->find(need.key);
        if (given == nullptr) given = source.find(need.key);
        if (given == nullptr || given->is_null())
            diagnostics_.warning(use.place, fmt::format("{} needs defaults.{} of the source: {}", use.scalar, need.key,
                                                        need.value.scalar));
    }
}

std::vector<Node::Entry> ReadyMappings::streams_of(const Node::Entry& written, const Node& mapping) {
    std::vector<Node::Entry> streams;
    Node own = written.value;
    remove(own, "use");
    remove(own, "with");
    const Node none = Node::at(written.value.place, Node::Kind::map);
    const Node* with = written.value.find("with");
    if (with == nullptr || !with->is_map()) {
        if (with != nullptr && !with->is_null()) diagnostics_.error(with->place, "expected a map of streams by name");
        with = &none;
    }
    Node& main = streams.emplace_back(written.key, written.key_place, *mapping.find("stream")).value;
    merge(main, own, diagnostics_);
    const Node* further = mapping.find("with");
    if (further == nullptr) further = &none;
    for (const Node::Entry& entry : with->entries)
        if (further->find(entry.key) == nullptr)
            diagnostics_.error(entry.key_place, fmt::format("the mapping has no stream '{}'{}", entry.key,
                                                            did_you_mean(entry.key, names_of(*further))));
    for (const Node::Entry& entry : further->entries) {
        const Node::Entry* over = with->entry(entry.key);
        if (over != nullptr && over->value.is_null()) continue;
        Node stream = entry.value;
        merge(stream, shared_of(own, stream), diagnostics_);
        if (over != nullptr) merge(stream, over->value, diagnostics_);
        streams.emplace_back(fmt::format("{}_{}", written.key, entry.key), written.key_place, std::move(stream));
    }
    return streams;
}

/// Mappings of one connector mean the same by one name; what the engineer wrote under it goes over theirs.
void ReadyMappings::add_to_source(Node& source, std::span<const Node* const> used, std::string_view section) {
    Node all = Node::at(source.place, Node::Kind::map);
    for (const Node* mapping : used)
        if (const Node* brought = mapping->find(section))
            for (const Node::Entry& entry : brought->entries)
                if (all.find(entry.key) == nullptr) all.entries.push_back(entry);
    if (all.entries.empty()) return;
    const auto found = std::ranges::find(source.entries, section, &Node::Entry::key);
    if (found == source.entries.end()) {
        source.entries.push_back({std::string(section), source.place, std::move(all)});
    } else if (found->value.is_map()) {
        merge(all, found->value, diagnostics_);
        found->value = std::move(all);
    }
}

const Node* ReadyMappings::find(const Node& use, const Connector& connector) {
    if (!use.is_scalar()) {
        diagnostics_.error(use.place, "expected the name of a mapping");
        return nullptr;
    }
    std::vector<std::string_view> names;
    for (const EmbeddedFile& file : connector.mappings()) {
        if (file.name == use.scalar) return &parsed(file);
        names.push_back(file.name);
    }
    for (const Connector* other : connectors_)
        for (const EmbeddedFile& file : other->mappings())
            if (file.name == use.scalar) {
                diagnostics_.error(use.place, fmt::format("'{}' is a mapping of {}, this source is {}", use.scalar,
                                                          other->name(), connector.name()));
                return nullptr;
            }
    diagnostics_.error(use.place, names.empty() ? fmt::format("{} comes without ready mappings", connector.name())
                                                : fmt::format("{} has no mapping '{}'{}", connector.name(), use.scalar,
                                                              did_you_mean(use.scalar, names)));
    return nullptr;
}

const Node& ReadyMappings::parsed(const EmbeddedFile& file) {
    const auto known = parsed_.find(file.name);
    if (known != parsed_.end()) return known->second;
    return parsed_
        .emplace(file.name,
                 files_.parse(file.content, fmt::format("mapping {}", file.name), no_variables, diagnostics_))
        .first->second;
}

}  // namespace tributary
