#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/mapping/expression_compiler.hpp"
#include "core/mapping/field_plan.hpp"

namespace tributary::mapping {

/// Compiles a stream's `fields` against its entity.
class FieldCompiler {
  public:
    FieldCompiler(ExpressionCompiler& expressions, const SourceDefaults& defaults, Diagnostics& diagnostics)
        : expressions_(expressions), defaults_(defaults), diagnostics_(diagnostics) {}

    /// `adds`: to an entity that others make, so nothing is required.
    DocumentPlan compile(const Entity& entity, const Node& fields, bool adds = false);

  private:
    std::vector<FieldPlan> object(std::span<const Field> schema, const Node& map, const std::string& prefix);
    FieldPlan field(const Field& schema, const Node& node, const Place& place, const std::string& name);
    void read_value(const Node& node, const Place& place, FieldPlan& plan);
    void read_through(const Node& node, const Place& place, FieldPlan& plan);
    /// `target`: what `reference` says; null when it is missing.
    void refuse_reference(const Node& node, const Node* target, const FieldPlan& plan);
    void read_money(const Node& node, const Place& place, FieldPlan& plan);
    void read_list(const Node& node, FieldPlan& plan);
    void read_attributes(const Node& node, const std::string& name, FieldPlan& plan);
    void add_element(const Node& node, FieldPlan& plan);
    void add_each(const Node& node, FieldPlan& plan);
    void read_element(const Node& node, FieldPlan& plan, ElementPlan& element);
    void add_defaults(std::span<const Field> schema, const std::string& prefix, std::vector<FieldPlan>& plans);
    void check_names(std::span<const Field> schema, const Node& map, const std::string& of);
    void check_required(const Entity& entity, const Node& fields);
    void find_currency(DocumentPlan& plan);

    ExpressionCompiler& expressions_;
    const SourceDefaults& defaults_;
    Diagnostics& diagnostics_;
    std::string entity_;
    std::optional<Place> bare_amount_;  ///< Of one that needs the entity's currency.
};

}  // namespace tributary::mapping
