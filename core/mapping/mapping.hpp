#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/connector/connector.hpp"
#include "core/mapping/lookup_table.hpp"
#include "core/model/record.hpp"
#include "core/settings/option.hpp"

namespace tributary {

/// What a stream's mapping is compiled from, beside its own YAML.
struct MappingContext {
    std::string tenant;
    std::string source;
    std::string stream;
    const Node* stream_node = nullptr;  ///< The stream's whole map: `entity`, `fields`, `key`, `space`, `identity`, …
    const Node* source_node = nullptr;  ///< For `defaults`, `time_zone`, `maps`, `lookups`.
};

/// One row after mapping. `records` is empty for deletes and rejects, and for rows that `skip` or `deleted` names:
/// whatever such a row was before, it is gone.
struct MappedRow {
    const Row* row = nullptr;
    std::string_view
        key;  ///< Canonical text of the row's key: names the record in `<prefix>.records`, dead letters and origins.
    std::span<const Record> records;
    const Reject* reject = nullptr;
};

/// Turns rows of one stream into records or a reject with a reason. Pure: the same row gives the same records, as long
/// as the same look-ups are in use.
/// Compiled once; keeps scratch space and look-up caches, so one object is used by one thread at a time.
class Mapping {
  public:
    /// Null when errors were added to `diagnostics`.
    static std::unique_ptr<Mapping> compile(const MappingContext& context, Diagnostics& diagnostics);
    ~Mapping();

    /// Never fails: what cannot be mapped is a reject. Everything returned lives in `arena`.
    MappedRow map(const Row& row, Arena& arena);

    /// What a row makes: one record, or with `emit` several, each with a name of its own (`Record::part` is an index).
    struct Part {
        std::string name;  ///< Empty: the only one.
        EntityNo entity = 0;
        std::string space;
        bool identity_differs = false;  ///< From the row's key: several rows may then speak about one entity.
        bool adds = false;              ///< To an entity that others make (`of`).
        /// A reference that is another entity's (`through`).
        struct Through {
            std::string field;  ///< Name in documents.
            EntityNo entity = 0;
            std::string space;
            std::string take;  ///< Name in documents of that entity's reference.
            Place place;
        };
        std::vector<Through> through = {};
    };
    std::span<const Part> parts() const;
    /// Of the first part.
    EntityNo entity() const;
    const std::string& space() const;
    /// Columns (and `child.column`) the mapping reads, with the place each is named at; for `check`.
    struct Column {
        std::string name;
        Place place;
    };
    const std::vector<Column>& columns() const;
    /// The same to their ends, without the places in lists: `party.code`, of a child's rows `lines.product.code`.
    const std::vector<std::string>& paths() const;
    /// Those of them that are written as points in time: where they come as wall clocks, a time zone is needed.
    const std::vector<std::string>& instants() const;
    /// A look-up the mapping uses, with the columns it takes from it and those of the row that it is searched by: a
    /// list for each way to make a key, a child's as `child.column`.
    struct Lookup {
        std::string name;
        std::vector<Column> takes;
        std::vector<std::vector<std::string>> from = {};
        bool computed = false;  ///< Some key is more than columns as they are: which rows have it only mapping tells.
    };
    const std::vector<Lookup>& lookups() const;
    /// From now on rows are mapped with this one. Every look-up must be given before the first row is mapped.
    void use(std::size_t lookup, std::shared_ptr<const LookupTable> table);
    /// `file:line:column` of the first use of a column; empty when the mapping does not name it.
    std::string place_of(std::string_view column) const;
    /// True when identity is something else than the key: several rows may then speak about one entity.
    bool identity_differs_from_key() const;
    /// Changes whenever the mapping's outcome may: schema and definition of the fields.
    const std::string& fingerprint() const;
    /// Changes when ids would: key, entity, space, identity.
    const std::string& identity_fingerprint() const;

  private:
    struct Impl;
    explicit Mapping(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Options of a stream and a source that the core owns, whatever the connector (one declaration for lint and docs).
std::span<const Option> core_stream_options();
std::span<const Option> core_source_options();

}  // namespace tributary
