#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "connectors/kit/discovery/dictionary.hpp"
#include "connectors/kit/table/catalogue.hpp"

namespace tributary::discovery {

/// How a column's value is mapped.
enum class Form : std::uint8_t {
    text,
    number,     ///< An exact decimal.
    day,        ///< A calendar day.
    moment,     ///< A point in time, or a day where the column knows no more.
    money,      ///< Beside a currency.
    flag,       ///< A boolean that says `active`.
    reference,  ///< The id of another entity.
};

/// A column whose name means all of `wanted`, and besides only what stands in `also` and the entity itself, is the
/// field. Concepts are those of the dictionary, parted by blanks.
struct FieldRule {
    std::string_view entity;  ///< Lines of any entity are `line`.
    std::string_view field;   ///< `phones.number` is the number of an element of its own.
    Form form;
    std::string_view wanted;
    std::string_view also = {};
};

/// The rules, in the order in which the fields of an entity take their columns.
std::span<const FieldRule> field_rules();

/// Whether values of this column can be read as the form asks.
bool suits(Form form, const table::CatalogueColumn& column);

/// The entity a table of that name holds; empty: nothing is known.
std::string_view entity_of(const Meaning& table);

/// The dictionary's word for an entity, which the names of its columns may repeat.
std::string_view concept_of(std::string_view entity);

/// Whether `concepts`, parted by blanks, hold `name`.
bool lists(std::string_view concepts, std::string_view name);

}  // namespace tributary::discovery
