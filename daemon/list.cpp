#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "core/model/entity.hpp"
#include "core/settings/quantity.hpp"
#include "daemon/catalogue.hpp"
#include "daemon/commands.hpp"
#include "daemon/load.hpp"

namespace tributary {

namespace {

void list_connectors() {
    std::size_t width = 9;
    for (const Connector* connector : connectors()) width = std::max(width, connector->name().size());
    fmt::print("{:<{}}  {}\n", "CONNECTOR", width, "READS");
    for (const Connector* connector : connectors())
        fmt::print("{:<{}}  {}\n", connector->name(), width, connector->summary());
}

std::string entities_of(const Mapping& mapping) {
    std::string names;
    for (const Mapping::Part& part : mapping.parts())
        names += (names.empty() ? "" : ", ") + (part.name.empty() ? catalogue()[part.entity].name : part.name);
    return names;
}

void list_streams(const Configuration& configuration) {
    std::size_t width = 6;
    for (const auto& source : configuration.sources)
        for (const auto& stream : source.streams) width = std::max(width, source.name.size() + 1 + stream.name.size());
    fmt::print("\n{:<{}}  {:<14}  {:<12}  {:<8}  {}\n", "STREAM", width, "ENTITY", "CONNECTOR", "EVERY", "DEFINED AT");
    for (const auto& source : configuration.sources)
        for (const auto& stream : source.streams)
            fmt::print("{:<{}}  {:<14}  {:<12}  {:<8}  {}:{}\n", source.name + "/" + stream.name, width,
                       entities_of(*stream.mapping), source.connector->name(),
                       format_quantity(OptionType::duration, stream.every / 1000),
                       stream.place.file != nullptr ? *stream.place.file : "", stream.place.line);
}

}  // namespace

int list_command(const ListOptions& options) {
    std::unique_ptr<Configuration> configuration;
    if (options.configuration) {
        configuration = load_configuration({*options.configuration});
        if (!configuration) return exit_refused;
    }
    list_connectors();
    if (configuration) list_streams(*configuration);
    return 0;
}

}  // namespace tributary
