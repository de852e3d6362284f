#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/odata/edm.hpp"
#include "core/model/result.hpp"

namespace tributary::odata {

struct Property {
    std::string name;
    Edm edm = Edm::other;
    std::string type = {};  ///< As metadata spells it, without `Collection()`.
    bool many = false;
    bool nullable = true;
};

/// Leads to other entities, which come with a row when it is expanded.
struct Navigation {
    std::string name;
    std::string target;  ///< Name of the type behind it.
    bool many = false;
};

/// An entity type or a complex one; what its base types have is in it.
struct Type {
    std::string name;  ///< With its namespace.
    std::vector<std::string> key = {};
    std::vector<Property> properties = {};
    std::vector<Navigation> navigations = {};

    const Property* property(std::string_view property_name) const;
    const Navigation* navigation(std::string_view navigation_name) const;
};

/// What a service says about itself in `$metadata`.
struct Model {
    Version version = Version::v4;
    bool blank_padded = false;  ///< 1C's: texts of a fixed length carry blanks at their end.
    std::map<std::string, Type, std::less<>> types = {};
    std::map<std::string, std::string, std::less<>> sets = {};  ///< Name of a set or singleton -> its type.

    /// Of a set, or of a virtual table as 1C names it: `AccumulationRegister_X/Balance(…)` has the type
    /// `AccumulationRegister_X_Balance`. Null: there is none of that name.
    const Type* type_of(std::string_view set) const;
    const Type* find(std::string_view type) const;
};

/// Reads an EDMX document (OData 1 to 4.01) as it arrives. Holds the model, never the text.
class MetadataParser {
  public:
    MetadataParser();
    ~MetadataParser();

    /// Fails (retry, `bad_metadata`) on what is no EDMX, or nests deeper than it can, or declares entities.
    Result<void> push(std::string_view bytes);
    /// No more bytes come.
    Result<Model> finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tributary::odata
