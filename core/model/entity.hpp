#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/embedded.hpp"
#include "core/model/record.hpp"

namespace tributary {

enum class FieldType : std::uint8_t {
    text,
    choice,          ///< one of `choices`
    decimal,         ///< canonical text
    money,           ///< `{amount, currency}`, its parts are `fields`
    currency,        ///< ISO 4217
    country,         ///< ISO 3166-1 alpha-2, else `unverified: true` beside it
    day,             ///< `2026-01-31`
    instant,         ///< RFC 3339 UTC
    day_or_instant,  ///< either
    phone,           ///< E.164, else `unverified: true` beside it
    email,           ///< likewise
    reference,       ///< the id of a `reference` entity
    list,
    attributes,  ///< whatever a company adds
    derived,     ///< written by Tributary itself, cannot be mapped
};

std::string_view name_of(FieldType type);

/// A field as its schema declares it.
struct Field {
    std::string name;       ///< In configurations: `customer`.
    std::string wire_name;  ///< In documents: `customer_id`.
    FieldType type = FieldType::text;
    bool required = false;
    std::string help;
    std::vector<std::string> choices;
    std::string reference;      ///< Entity the id belongs to.
    std::vector<Field> fields;  ///< Of money and of a list's elements; empty for a list of text.
    std::string sort;           ///< Wire name of the field a list is ordered by; empty: by whole elements.
    bool set = false;           ///< Equal elements of the list count once.
    std::string value;          ///< Wire name of the field without which an element says nothing.
};

struct Entity {
    EntityNo number = 0;
    std::string name;
    std::string tag;
    std::string title;
    std::string help;
    std::vector<Field> fields;          ///< In the schema's order, which is the order in documents.
    std::vector<std::string> examples;  ///< JSON.
    std::string version;                ///< Hash of the schema: part of a mapping's fingerprint.

    const Field* find(std::string_view configured_name) const;
};

const Field* find_field(std::span<const Field> fields, std::string_view configured_name);

/// The entities, in the order of their names. Immutable.
class Catalogue {
  public:
    /// Reads JSON Schemas with the `x-tributary` vocabulary. A schema that cannot be read ends the process: it is part
    /// of the binary, and the tests read it.
    explicit Catalogue(std::span<const EmbeddedFile> schemas);

    std::span<const Entity> entities() const { return entities_; }
    const Entity& operator[](EntityNo number) const { return entities_[number]; }
    const Entity* find(std::string_view name) const;

  private:
    std::vector<Entity> entities_;
};

/// Of the schemas in this binary; read once, at the first call.
const Catalogue& catalogue();

}  // namespace tributary
