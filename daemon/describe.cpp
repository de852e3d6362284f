#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/configuration/configuration.hpp"
#include "core/configuration/ready_mappings.hpp"
#include "core/configuration/source_options.hpp"
#include "core/model/entity.hpp"
#include "core/settings/render.hpp"
#include "daemon/catalogue.hpp"
#include "daemon/commands.hpp"
#include "daemon/option_sets.hpp"
#include "daemon/terminal.hpp"

namespace tributary {

namespace {

constexpr std::string_view configuration_name = "configuration";

struct Ability {
    std::string_view name;  ///< As `Connector::offers` spells it.
    std::string_view meaning;
};
constexpr auto abilities = std::to_array<Ability>({
    {"check", "compares a stream's definition with the source (lint --online, and at each start)"},
    {"keys", "lists keys, to find what was deleted by comparison"},
    {"fetch", "reads single rows by key, to look at them again"},
    {"search", "finds the rows that used an entry of a look-up, when it changed"},
    {"committed", "is told what was committed, to let the source go on"},
});

void describe_abilities(const Connector& connector) {
    const auto offered = connector.offers();
    for (const bool wanted : {true, false}) {
        bool first = true;
        for (const auto& [name, meaning] : abilities) {
            if ((std::ranges::find(offered, name) != offered.end()) != wanted) continue;
            fmt::print("{:<8}{:<11}{}\n", first ? (wanted ? "Offers" : "Lacks") : "", name, meaning);
            first = false;
        }
    }
}

void describe_mappings(const Connector& connector) {
    std::vector<DescribedOption> rows = {{"USE", "", "", "READS"}};
    for (const EmbeddedFile& mapping : connector.mappings())
        rows.push_back({std::string(mapping.name), "", "", mapping_summary(mapping)});
    if (rows.size() > 1) fmt::print("\nReady mappings, for `use`:\n\n{}", as_table(rows));
}

void describe_connector(const Connector& connector) {
    fmt::print("{}: {}\n\nOf the source:\n\n{}\n", connector.name(), connector.summary(),
               describe_options(source_options_of(connector)));
    fmt::print("Of a stream:\n\n{}\n", describe_options(stream_options_of(connector)));
    describe_abilities(connector);
    describe_mappings(connector);
}

std::string type_of(const Field& field) {
    switch (field.type) {
        case FieldType::choice:
            return fmt::format("{}", fmt::join(field.choices, " | "));
        case FieldType::reference:
            return field.wire_name == field.name ? fmt::format("{} id", field.reference)
                                                 : fmt::format("{} id, as {}", field.reference, field.wire_name);
        case FieldType::list:
            return field.fields.empty() ? "list of texts" : "list";
        default:
            return std::string(name_of(field.type));
    }
}

void add_fields(std::vector<DescribedOption>& rows, std::span<const Field> fields, const std::string& prefix) {
    for (const Field& field : fields) {
        const bool list = field.type == FieldType::list;
        rows.push_back(
            {prefix + field.name + (list ? "[]" : ""), type_of(field), field.required ? "required" : "", field.help});
        if (list) add_fields(rows, field.fields, prefix + field.name + "[].");
    }
}

void describe_entity(const Entity& entity) {
    std::vector<DescribedOption> rows = {{"FIELD", "TYPE", "", "MEANING"}};
    add_fields(rows, entity.fields, "");
    fmt::print("{}: {}\n\n{}", entity.name, entity.help.empty() ? entity.title : entity.help, as_table(rows));
    if (entity.examples.empty()) return;
    fmt::print("\nFor example:\n");
    for (const std::string& example : entity.examples) fmt::print("{}\n", example);
}

void describe_configuration() {
    fmt::print("The top level of a configuration:\n\n{}\n", describe_options(top_level_options()));
    fmt::print("Of every source, beside what its connector has:\n\n{}\n", describe_options(core_source_options()));
    fmt::print("Of every stream, beside what its connector has:\n\n{}", describe_options(core_stream_options()));
}

const EmbeddedFile* find_mapping(std::string_view name) {
    for (const Connector* connector : connectors())
        for (const EmbeddedFile& mapping : connector->mappings())
            if (mapping.name == name) return &mapping;
    return nullptr;
}

void list_subjects() {
    const auto names = [](const auto& things, auto name) {
        std::vector<std::string> all;
        for (const auto& thing : things) all.emplace_back(std::invoke(name, thing));
        return fmt::format("{}", fmt::join(all, ", "));
    };
    fmt::print("tributary describe NAME, where NAME is\n");
    fmt::print("  {:<14} {}\n", "a connector", names(connectors(), [](const Connector* c) { return c->name(); }));
    std::vector<std::string_view> mappings;
    for (const Connector* connector : connectors())
        for (const EmbeddedFile& mapping : connector->mappings()) mappings.push_back(mapping.name);
    if (!mappings.empty()) fmt::print("  {:<14} {}\n", "a mapping", fmt::join(mappings, ", "));
    fmt::print("  {:<14} {}\n", "an entity", names(catalogue().entities(), &Entity::name));
    fmt::print("  {:<14} {}\n", "the file", configuration_name);
}

std::vector<std::string_view> subjects() {
    std::vector<std::string_view> names = {configuration_name};
    for (const Connector* connector : connectors()) {
        names.push_back(connector->name());
        for (const EmbeddedFile& mapping : connector->mappings()) names.push_back(mapping.name);
    }
    for (const Entity& entity : catalogue().entities()) names.emplace_back(entity.name);
    return names;
}

}  // namespace

int describe_command(const DescribeOptions& options) {
    if (options.name.empty()) {
        list_subjects();
        return 0;
    }
    if (options.name == configuration_name) {
        describe_configuration();
        return 0;
    }
    for (const Connector* connector : connectors()) {
        if (connector->name() != options.name) continue;
        describe_connector(*connector);
        return 0;
    }
    if (const EmbeddedFile* mapping = find_mapping(options.name)) {
        fmt::print("{}", mapping->content);
        return 0;
    }
    if (const Entity* entity = catalogue().find(options.name)) {
        describe_entity(*entity);
        return 0;
    }
    complain(fmt::format("there is no connector, mapping or entity '{}'{}; `tributary describe` lists them",
                         options.name, did_you_mean(options.name, subjects())));
    return exit_usage;
}

}  // namespace tributary
