#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/kit/api/question.hpp"
#include "connectors/kit/table/local_time.hpp"
#include "connectors/odata/language.hpp"

namespace tributary::odata {

/// What a stream reads, as far as requests are concerned.
struct Subject {
    std::string path;  ///< Of the set, below the source's address.
    Version version = Version::v4;
    const Model* model = nullptr;
    const Type* type = nullptr;
    std::vector<const Property*> key = {};
    std::vector<const Property*> stamps = {};  ///< A row is new when any of them is late enough.
    std::string where = {};                    ///< `$filter` of the configuration.
    const table::LocalTime* zone = nullptr;    ///< Of wall clocks and days; null: not declared.
};

/// The parts of a set's path: `API_SALES_ORDER_SRV/A_SalesOrder` is a set of a service; `Register/Balance(…)` is one of
/// the service at the address itself.
struct SetPath {
    std::string service;
    std::string set;
};
SetPath set_path(std::string_view path);

/// Fails (retry, `changed_metadata`; stop, `undefined_column`) where the model has no such set, or not that key. Stamps
/// and zone are left to the caller.
Result<Subject> subject_of(const table::Definition& definition, const Model& model);
Result<const Property*> property_of(const table::Definition& definition, const Type& type, const std::string& name);

/// A property or navigation with what is wanted inside of it; nothing inside: all of it.
struct Wanted {
    std::string name;
    std::vector<Wanted> inside = {};
};

/// Dotted paths as a tree, in the order of their first parts.
std::vector<Wanted> wanted_of(std::span<const std::string> paths);

/// `$select` and `$expand`, each ready to be joined with others by `&`. Versions 2 and 3 know paths
/// (`to_Item/Material`), 4 options in parentheses. A selection so long that some servers would refuse the address is
/// left out: everything comes, then.
std::vector<std::string> projection(std::span<const Wanted> wanted, const Type& type, const Model& model);

/// `$filter` of a page, without its keys. Fails (stop) where this version has no such condition.
Result<std::string> filter_of(const api::Question& question, const Subject& subject);

/// Conditions that name the rows of these keys, each short enough for an address. A key that no row can have is left
/// out.
std::vector<std::string> filters_of_keys(std::span<const std::vector<std::string>> keys, const Subject& subject);

/// `SalesOrder,SalesOrderItem`
std::string order_by_key(const Subject& subject);

/// The whole target of a request. Empty options are left out.
std::string target_of(const Subject& subject, const std::string& filter, const std::string& order, std::size_t top,
                      std::span<const std::string> projection);

}  // namespace tributary::odata
