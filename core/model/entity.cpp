#include "core/model/entity.hpp"

#include <algorithm>

namespace tributary {

std::string_view name_of(FieldType type) {
    switch (type) {
        case FieldType::text:
            return "text";
        case FieldType::choice:
            return "choice";
        case FieldType::decimal:
            return "decimal";
        case FieldType::money:
            return "money";
        case FieldType::currency:
            return "currency";
        case FieldType::country:
            return "country";
        case FieldType::day:
            return "day";
        case FieldType::instant:
            return "instant";
        case FieldType::day_or_instant:
            return "day or instant";
        case FieldType::phone:
            return "phone number";
        case FieldType::email:
            return "e-mail address";
        case FieldType::reference:
            return "reference";
        case FieldType::list:
            return "list";
        case FieldType::attributes:
            return "attributes";
        case FieldType::derived:
            return "boolean";
    }
    return "?";
}

const Field* find_field(std::span<const Field> fields, std::string_view configured_name) {
    const auto found = std::ranges::find(fields, configured_name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

const Field* Entity::find(std::string_view configured_name) const { return find_field(fields, configured_name); }

const Entity* Catalogue::find(std::string_view name) const {
    const auto found = std::ranges::find(entities_, name, &Entity::name);
    return found == entities_.end() ? nullptr : &*found;
}

const Catalogue& catalogue() {
    static const Catalogue read(embedded_schemas());
    return read;
}

}  // namespace tributary
