#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/kit/discovery/rules.hpp"
#include "connectors/kit/table/catalogue.hpp"

namespace tributary::discovery {

/// Everything here points into the catalogue it was guessed from, which must outlive it.

struct KeyGuess {
    std::vector<std::string> columns = {};  ///< Empty: nothing identifies a row.
    std::string note = {};                  ///< Where it is no primary key.
};

struct WatermarkGuess {
    const table::CatalogueColumn* column = nullptr;
    std::string why = {};
    int rank = 0;
    bool says_changes = false;  ///< Else it only says when a row came.
    bool indexed = false;
    /// A row that is never stamped would never be seen after the first load.
    bool may_stay_empty() const { return column->nullable && !column->has_default && !column->stamped; }
};

struct FieldGuess {
    const FieldRule* rule = nullptr;
    const table::CatalogueColumn* column = nullptr;
};

struct ReferenceGuess {
    std::string field = {};
    std::string entity = {};
    std::string space = {};  ///< Empty: the source's own.
    std::vector<std::string> columns = {};
    std::string note = {};  ///< Where no foreign key says so.
};

/// What a row, or a child row, says in fields.
struct Content {
    std::vector<FieldGuess> fields = {};
    std::vector<ReferenceGuess> references = {};
    const table::CatalogueColumn* currency = nullptr;
    std::vector<std::string> unused = {};  ///< Columns without a field.

    const FieldGuess* find(std::string_view field) const;
    bool has(std::string_view field) const;
};

struct LinesGuess {
    const table::CatalogueTable* table = nullptr;
    std::string name = {};  ///< Of the include; no column is called that.
    std::vector<std::pair<std::string, std::string>> on = {};
    std::vector<std::string> key = {};
    std::optional<WatermarkGuess> watermark = {};  ///< Where the parent has one, too.
    bool unindexed = false;                        ///< No index finds the children of a parent.
    std::vector<std::string> notes = {};
    Content content = {};
};

struct StreamGuess {
    const table::CatalogueTable* table = nullptr;
    std::string name = {};
    std::string entity = {};  ///< Empty: nothing was guessed.
    std::string space = {};   ///< Not empty: another stream makes the same entity.
    KeyGuess key = {};
    std::vector<WatermarkGuess> watermarks = {};  ///< The best first.
    Content content = {};
    std::optional<LinesGuess> lines = {};
    std::string why_not = {};    ///< Not empty: it cannot run as it is.
    std::string read_with = {};  ///< The stream that reads this table as its lines.
    bool key_is_number = false;  ///< No column looks like the number people use: the key stands in.

    bool runs() const { return !entity.empty() && why_not.empty(); }
    const WatermarkGuess* watermark() const;
};

/// A stream for each table, in the catalogue's order.
std::vector<StreamGuess> propose(const table::Catalogue& catalogue);

// The parts of it.

KeyGuess guess_key(const table::CatalogueTable& table);
std::vector<WatermarkGuess> guess_watermarks(const table::CatalogueTable& table);
/// The fields of an entity, or of a `line`, without references. Columns in `taken` are left alone.
Content guess_fields(std::string_view entity, const table::CatalogueTable& table,
                     const std::vector<std::string>& taken = {});
/// The column that, by its name, is the reference `field`.
const table::CatalogueColumn* named_as_reference(std::string_view entity, std::string_view field,
                                                 const table::CatalogueTable& table);
/// Finds the lines of orders and shipments among the tables.
void guess_lines(std::vector<StreamGuess>& streams);
/// Fills `references` once it is known which streams run.
void guess_references(std::vector<StreamGuess>& streams);
/// Letters, digits and `_`, unique among `taken`.
std::string stream_name(const table::CatalogueTable& table, const std::vector<std::string>& taken);

}  // namespace tributary::discovery
