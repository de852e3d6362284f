#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/model/arena.hpp"
#include "core/model/value.hpp"

namespace tributary::tryton {

/// What Tryton's JSON means (trytond/protocols/jsonrpc.py): objects with `__class__` are values of Python, and what a
/// dotted field leads to stands under a name with a dot behind it.
///
///     {"__class__": "datetime", …}   instant (Tryton keeps UTC)    "party.": {"id", "code"}   an object named party
///     {"__class__": "date", …}       date                          "lines.": [{…}]            a list named lines
///     {"__class__": "Decimal", …}    decimal                       {"__class__": "time", …}   text, 10:15:30.000000
///     {"__class__": "bytes", …}      bytes                         {"__class__": "timedelta"} its seconds
///
/// `write_date` is null until the first change: where `create_date` is there as well it stands in. What is no such
/// value (a date that does not exist, base64 that is none, another class) stays the object it came as. Not thread-safe.
class Decoder {
  public:
    /// In `arena`, where `value` is. Recurses as deep as the value is nested.
    Value decode(const Value& value, Arena& arena);

    /// Of everything decoded since the last call, beside the shapes of what came in.
    std::vector<std::shared_ptr<const Shape>> take_shapes();

  private:
    /// What becomes of the objects of one shape.
    struct Plan {
        bool python = false;  ///< Has `__class__`.
        std::shared_ptr<const Shape> shape;
        std::vector<int> from;  ///< For each name of `shape` its member's place.
        int write_date = -1;    ///< Places in `shape`, where both are there.
        int create_date = -1;
        std::uint64_t taken = 0;
    };

    Plan& plan_of(const Shape& shape);
    Value decode_list(const Value& value, Arena& arena);
    Value decode_object(const Value& value, Arena& arena);
    Value decode_python(const Value& object, Arena& arena);

    std::unordered_map<std::uint64_t, Plan> plans_;
    std::vector<std::shared_ptr<const Shape>> taken_;
    std::uint64_t batch_ = 1;
};

/// Padding is wanted; nothing when it is no base64 (RFC 4648).
std::optional<std::string_view> decode_base64(std::string_view text, Arena& arena);
std::string encode_base64(std::string_view bytes);

}  // namespace tributary::tryton
