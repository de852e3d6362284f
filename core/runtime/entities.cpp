#include "core/runtime/entities.hpp"

namespace tributary {

namespace {

constexpr std::array<ChangeType, 4> change_types = {ChangeType::created, ChangeType::updated,
                                                    ChangeType::status_changed, ChangeType::deleted};

Combine combine_of(const Field& field) {
    if (field.type == FieldType::list) return Combine::list;
    if (field.type == FieldType::attributes) return Combine::members;
    return Combine::first;
}

}  // namespace

std::vector<EntityInfo> entity_infos(const Catalogue& catalogue) {
    std::vector<EntityInfo> infos;
    for (const Entity& entity : catalogue.entities()) {
        EntityInfo info{entity.name, entity.tag, static_cast<TopicNo>(entity.number), {}};
        for (const ChangeType type : change_types)
            info.types[static_cast<std::size_t>(type)] = entity.name + "." + std::string(name_of(type));
        info.types[EntityInfo::tombstone] = entity.name + ".tombstone";
        for (const Field& field : entity.fields)
            if (field.type == FieldType::reference) info.references.push_back(field.wire_name);
        infos.push_back(std::move(info));
    }
    return infos;
}

std::vector<std::string> entity_names(const Catalogue& catalogue) {
    std::vector<std::string> names;
    for (const Entity& entity : catalogue.entities()) names.push_back(entity.name);
    return names;
}

std::vector<Restore::Names> restore_names(const Catalogue& catalogue) {
    std::vector<Restore::Names> names;
    for (const Entity& entity : catalogue.entities()) names.push_back({entity.name, entity.tag});
    return names;
}

std::vector<FoldRules> fold_rules(const Catalogue& catalogue) {
    std::vector<FoldRules> all;
    for (const Entity& entity : catalogue.entities()) {
        FoldRules rules;
        for (const Field& field : entity.fields) {
            FoldRules::Field rule{field.wire_name, combine_of(field)};
            rule.sort = field.sort;
            rule.same = !field.value.empty() ? field.value : field.set ? std::string() : field.sort;
            rules.fields.push_back(std::move(rule));
        }
        all.push_back(std::move(rules));
    }
    return all;
}

}  // namespace tributary
