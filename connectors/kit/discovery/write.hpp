#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kit/discovery/proposal.hpp"

namespace tributary::discovery {

/// What the file says beside what was found.
struct FileSettings {
    std::string connector;
    std::string source;                                        ///< Name of the source.
    std::vector<std::pair<std::string, std::string>> options;  ///< Of the source, as they were given: `${VAR}` stays.
    std::string tenant;
    std::string time_zone;  ///< Of wall clocks; empty: none.
    std::string zone_note;
    std::string currency;  ///< Empty: amounts without a currency of their own have no field.
    std::string country;
};

/// The whole configuration. Passes `lint` when a stream runs; what does not run is commented out.
std::string write_yaml(const FileSettings& settings, const table::Catalogue& catalogue,
                       std::span<const StreamGuess> streams);

/// A stream alone, from its name on, a line each.
std::vector<std::string> write_stream(const FileSettings& settings, const table::IndexForm& index_form,
                                      const StreamGuess& stream);

/// `shop.order, about 1200 rows`
std::string table_summary(const table::CatalogueTable& table);

/// The catalogue without the tables and columns whose names no configuration can spell, and how many those are.
std::size_t drop_unspellable(table::Catalogue& catalogue);

}  // namespace tributary::discovery
