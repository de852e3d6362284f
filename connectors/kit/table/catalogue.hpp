#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/kit/table/facts.hpp"
#include "core/model/result.hpp"
#include "core/settings/option.hpp"

namespace tributary::table {

/// What a column's values are, whatever the dialect calls its type.
enum class ColumnKind : std::uint8_t { text, integer, decimal, real, boolean, date, instant, local_time, other };

struct CatalogueColumn {
    std::string name = {};
    ColumnKind kind = ColumnKind::other;
    std::string type = {};  ///< As the database spells it.
    bool nullable = true;
    bool has_default = false;
    bool stamped = false;  ///< The database itself writes the time of each update into it.
};

struct ForeignKey {
    std::vector<std::string> columns;
    std::string schema;
    std::string table;
    std::vector<std::string> targets;  ///< As many as `columns`.
};

struct CatalogueTable {
    struct Rows {
        std::int64_t count = 0;
        bool exact = false;
    };

    std::string schema;
    std::string name;
    bool needs_schema = true;  ///< Without its schema the name means another table, or none.
    bool is_view = false;
    bool readable = true;
    std::vector<CatalogueColumn> columns = {};  ///< Those that may be read.
    std::vector<std::string> primary_key = {};  ///< In its order; empty: none.
    std::vector<Facts::Index> indexes = {};
    std::vector<ForeignKey> foreign_keys = {};
    std::optional<Rows> rows = {};  ///< Nothing: not known at a bearable price.

    const CatalogueColumn* column(std::string_view column_name) const;
    /// As `table` of a stream spells it.
    std::string spelled() const;
};

/// What a database holds.
struct Catalogue {
    std::string database = {};   ///< Its name.
    std::string time_zone = {};  ///< Of wall clocks, as the database says; may be empty, or no IANA name.
    IndexForm index_form = {};
    std::vector<CatalogueTable> tables = {};

    const CatalogueTable* find(std::string_view schema, std::string_view table) const;
};

/// Which tables somebody wants to know about.
struct CatalogueScope {
    std::vector<std::string> schemas;   ///< Names; none: those the dialect takes for the user's own.
    std::vector<std::string> patterns;  ///< Of `table` or `schema.table`, with `*` and `?`; none: all.

    bool wants(std::string_view schema, std::string_view table) const;
};

/// Tables are counted exactly up to here; a larger one is only estimated.
constexpr std::int64_t most_counted = 10'000;

/// A connector whose databases can say what is in them, for `tributary discover`.
class Catalogued {
  public:
    virtual ~Catalogued() = default;
    /// `source` is read against the connector's options. Costs the database little: no table is read to its end unless
    /// it is small. Fails where the database cannot be reached or entered.
    virtual Result<Catalogue> catalogue(const Settings& source, const CatalogueScope& scope,
                                        std::stop_token stop) const = 0;
};

}  // namespace tributary::table
