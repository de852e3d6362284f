#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/mapping/evaluate.hpp"
#include "core/mapping/field_plan.hpp"

namespace tributary::mapping {

/// Writes one canonical document per row (EVENTS.md, "The model"). Keeps its buffers from row to row, so that a row
/// costs no allocation once they have grown.
class DocumentWriter {
  public:
    explicit DocumentWriter(const DocumentPlan& plan);

    /// False: refused, `scope.reject` says why. The document and the names of unchanged fields are in the row's arena.
    bool write(const Frame& row, RowScope& scope, Record& record);

  private:
    /// What was written; nothing at all is `empty`. Text that stands in the mapping or in defaults is `constant`: it
    /// does not make a list's element worth writing.
    enum class Outcome : std::uint8_t { refused, empty, unchanged, constant, content };

    struct Element {
        std::size_t begin, end;          ///< In `document_`.
        std::size_t key_begin, key_end;  ///< Of the sort field's value.
    };

    Outcome write_field(const FieldPlan& field, const Frame& frame);
    Outcome write_value(const FieldPlan& field, const Frame& frame);
    Outcome write_through(const FieldPlan& field, const Frame& frame);
    Outcome write_money(const FieldPlan& field, const Frame& frame);
    Outcome write_list(const FieldPlan& field, const Frame& frame);
    Outcome write_elements(const ElementPlan& plan, const Frame& frame);
    Outcome write_element(const ElementPlan& plan, const Frame& frame);
    Outcome write_content(const ElementPlan& plan, const Frame& frame);
    Outcome write_scalars(const FieldPlan& field, const Frame& frame);
    Outcome write_object(std::span<const FieldPlan> fields, const Frame& frame, Element& element);
    bool list_of(const Expression& by, const Value& value, std::span<const Value>& items);
    Outcome write_attributes(std::span<const FieldPlan> fields, const Frame& frame);

    bool write_typed(const FieldPlan& field, const Value& value);
    bool write_text(const Expression& by, const Value& value);
    bool write_choice(const FieldPlan& field, const Value& value);
    bool write_contact(const FieldPlan& field, const Value& value);
    /// Nothing: it cannot be read as one.
    std::optional<std::string_view> read_contact(FieldType type, std::string_view written);
    bool write_time(const FieldPlan& field, const Value& value);
    bool write_decimal(const Expression& by, const Value& value);
    bool write_json(const Expression& by, const Value& value);
    bool write_json_list(const Expression& by, std::span<const Value> items);
    bool write_json_object(const Expression& by, const Object& object);

    Outcome find_currency(const FieldPlan& field, const Frame& frame, std::string_view& code);
    Outcome code_of(const Expression& expression, const Frame& frame, std::string_view& code);
    bool refuse_missing(const FieldPlan& field);
    void begin_member() {
        if (document_.back() != '{') document_.push_back(',');
    }
    void sort_list(const Field& schema, std::size_t begin, std::size_t first_element);

    const DocumentPlan& plan_;
    RowScope* scope_ = nullptr;
    const Frame* top_ = nullptr;
    PhoneReader phones_;
    std::string document_;
    std::string sorted_;
    std::string through_key_;
    std::vector<Element> elements_;
    std::vector<std::string_view> unchanged_;
    std::size_t value_begin_ = 0;  ///< Of the member written last.
    bool unverified_ = false;      ///< The element being written has a contact or country that could not be read.
};

}  // namespace tributary::mapping
