#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "connectors/odata/metadata.hpp"
#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::odata {

/// Where in a page the rows are: `/d/results` or `/value`.
std::vector<std::string> rows_pointer(Version version);

/// The link to the next page in what is around the rows, or in the object around expanded ones (version 2: `__next`).
/// Empty: there is none.
std::string_view next_link(const Value& around);

/// What a scalar of a property means: dates in either spelling, numbers that JSON has as text. A value that is none of
/// its type stays as it came. `in_key`: neither the zero GUID nor blanks are taken away, and a wall clock is text.
Value read_value(const Value& json, const Property& property, const Model& model, bool in_key, Arena& arena);

/// The links of expanded lists that the server cut (`to_Item@odata.nextLink`, `to_Item/__next`).
struct CutList {
    Value* list = nullptr;  ///< To be replaced by the whole one.
    const Type* type = nullptr;
    std::string link;
};

/// JSON rows of one type -> values. Remembers how rows of one shape are read. Not thread-safe.
class RowReader {
  public:
    /// Rows become objects with these names, some of which are the key. `type` is the model's.
    RowReader(std::shared_ptr<const Model> model, const Type& type, std::vector<std::string> names,
              std::span<const std::string> key);

    const std::shared_ptr<const Shape>& shape() const { return shape_; }
    /// `row` is an object. A name that it does not have is null.
    Value read(const Value& row, Arena& arena, std::vector<CutList>& cut);
    /// The rest of a list that was cut, as the pages behind its link have it.
    void append(const CutList& list, std::span<const Value> rest, Arena& arena, std::vector<CutList>& cut);

  private:
    struct Slot {
        int at = -1;    ///< In the row; -1: it is not there.
        int link = -1;  ///< Of the list's next page.
        const Property* property = nullptr;
        const Navigation* navigation = nullptr;
        bool in_key = false;
    };
    using Plan = std::vector<Slot>;

    Plan plan_of(const Shape& row, const Type& type, std::span<const std::string> names,
                 std::span<const std::string> key) const;
    void read_slot(const Object& row, const Slot& slot, Value& to, Arena& arena, std::vector<CutList>& cut);
    Value read_property(const Value& json, const Property& property, bool in_key, Arena& arena,
                        std::vector<CutList>& cut);
    Value read_objects(std::span<const Value> items, const Type* type, Arena& arena, std::vector<CutList>& cut);
    Value read_object(const Value& json, const Type* type, Arena& arena, std::vector<CutList>& cut);

    std::shared_ptr<const Model> model_;
    const Type& type_;
    std::vector<std::string> key_;
    std::shared_ptr<const Shape> shape_;
    std::map<std::uint64_t, Plan> plans_;  ///< By the number of the rows' shape.
    std::map<std::pair<std::uint64_t, const Type*>, Plan> nested_plans_;
};

}  // namespace tributary::odata
