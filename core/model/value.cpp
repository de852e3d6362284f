#include "core/model/value.hpp"

namespace tributary {

std::string_view name_of(Kind kind) {
    switch (kind) {
        case Kind::null:
            return "null";
        case Kind::unchanged:
            return "unchanged";
        case Kind::boolean:
            return "boolean";
        case Kind::integer:
            return "integer";
        case Kind::decimal:
            return "decimal";
        case Kind::real:
            return "real";
        case Kind::text:
            return "text";
        case Kind::bytes:
            return "bytes";
        case Kind::date:
            return "date";
        case Kind::instant:
            return "instant";
        case Kind::naive:
            return "timestamp without zone";
        case Kind::uuid:
            return "uuid";
        case Kind::json:
            return "json";
        case Kind::list:
            return "list";
        case Kind::object:
            return "object";
    }
    return "?";
}

}  // namespace tributary
