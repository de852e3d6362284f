#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/document_writer.hpp"
#include "core/mapping/field_compiler.hpp"
#include "core/mapping/fingerprint.hpp"
#include "core/mapping/mapping.hpp"
#include "core/model/id.hpp"

namespace tributary::mapping {

/// Makes one record of a row: the stream's own, or that of an entry of its `emit`.
class RecordMaker {
  public:
    struct Shared {
        const MappingContext& context;
        const SourceDefaults& defaults;
        ExpressionCompiler& expressions;
        Diagnostics& diagnostics;
    };
    /// `definition` has `fields` and may have `space`, `identity` (in `emit` as `key`), `when`, `since`; with `of` the
    /// record adds to an entity that others make.
    RecordMaker(const Node& definition, const Entity& made, const Shared& shared);

    enum class Outcome { made, nothing, refused };
    /// `key`: canonical texts of the row's key, which is the identity unless another is declared.
    Outcome make(std::span<const std::string_view> key, const Frame& frame, RowScope& scope, Record& record);

    void add_to(Fingerprint& outcome) const;
    void add_identity_to(Fingerprint& ids) const;

    const Entity& entity;
    const std::string space;
    const bool adds;
    bool identity_differs() const { return !identity_.empty(); }
    std::vector<Mapping::Part::Through> throughs() const;

  private:
    void read_identity(const Node& stream, const Shared& shared);
    void read_conditions(const Shared& shared);
    Outcome is_wanted(const Frame& frame, RowScope& scope) const;
    Outcome identify(const Frame& frame, RowScope& scope);
    bool date(const Frame& frame, RowScope& scope, Record& record) const;

    const Node& definition_;
    IdHasher hasher_;
    DocumentPlan plan_;
    std::vector<Expression> identity_;  ///< Empty when it is the row's key.
    const Node* identity_node_ = nullptr;
    std::optional<Predicate> when_;
    std::optional<Expression> since_;
    std::unique_ptr<DocumentWriter> writer_;
};

/// Canonical text of a key's part. False: refused.
bool read_key_part(const Expression& part, const Value& value, RowScope& scope, std::string_view& text);

/// A list's items, or the one value itself.
std::vector<const Node*> items_of(const Node* node);

}  // namespace tributary::mapping
