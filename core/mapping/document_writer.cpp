#include "core/mapping/document_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <compare>

#include "core/change/through.hpp"
#include "core/mapping/codes.hpp"
#include "core/model/list_order.hpp"

namespace tributary::mapping {

DocumentWriter::DocumentWriter(const DocumentPlan& plan) : plan_(plan), phones_(plan.phone_region) {}

bool DocumentWriter::write(const Frame& row, RowScope& scope, Record& record) {
    scope_ = &scope;
    top_ = &row;
    elements_.clear();
    unchanged_.clear();
    document_.assign(1, '{');
    for (const FieldPlan& field : plan_.fields) {
        const Outcome outcome = write_field(field, row);
        if (outcome == Outcome::refused) return false;
        if (outcome == Outcome::unchanged) unchanged_.push_back(field.schema->wire_name);
        if (outcome == Outcome::empty && field.schema->required && !plan_.adds) return refuse_missing(field);
    }
    document_.push_back('}');
    record.entity = plan_.entity->number;
    record.document = scope.arena.copy(document_);
    auto names = scope.arena.array<std::string_view>(unchanged_.size());
    std::ranges::copy(unchanged_, names.begin());
    record.unchanged = names;
    return true;
}

bool DocumentWriter::refuse_missing(const FieldPlan& field) {
    scope_->refuse(field.value, "is required and empty in this row");
    scope_->reject.stage = "validate";
    return false;
}

DocumentWriter::Outcome DocumentWriter::write_field(const FieldPlan& field, const Frame& frame) {
    const std::size_t before = document_.size();
    begin_member();
    document_.append(field.label);
    value_begin_ = document_.size();
    Outcome outcome = Outcome::empty;
    switch (field.kind) {
        case FieldPlan::Kind::value:
            outcome = write_value(field, frame);
            break;
        case FieldPlan::Kind::money:
            outcome = write_money(field, frame);
            break;
        case FieldPlan::Kind::list:
            outcome = write_list(field, frame);
            break;
        case FieldPlan::Kind::attributes:
            outcome = write_attributes(field.attributes, frame);
            break;
    }
    if (outcome != Outcome::content && outcome != Outcome::constant) document_.resize(before);
    return outcome;
}

/// What the id comes through, for the commit loop to put it in: the other entity may not be known yet.
DocumentWriter::Outcome DocumentWriter::write_through(const FieldPlan& field, const Frame& frame) {
    Evaluated id;
    if (!through_of(field.value, frame, *scope_, id, through_key_)) return Outcome::refused;
    if (id.value.kind == Kind::unchanged) return Outcome::unchanged;
    if (is_empty(id.value)) return Outcome::empty;
    append_through({id.value.view(), through_key_, field.value.through->take}, document_);
    return Outcome::content;
}

DocumentWriter::Outcome DocumentWriter::write_value(const FieldPlan& field, const Frame& frame) {
    if (field.value.through) return write_through(field, frame);
    Evaluated found;
    if (!evaluate(field.value, frame, *scope_, found)) return Outcome::refused;
    if (is_empty(found.value) && field.fallback) {
        if (!evaluate(*field.fallback, *top_, *scope_, found)) return Outcome::refused;
        found.from_row = false;
    }
    if (found.value.kind == Kind::unchanged) return Outcome::unchanged;
    if (is_empty(found.value)) return Outcome::empty;
    const std::size_t before = document_.size();
    if (!write_typed(field, found.value)) return Outcome::refused;
    if (document_.size() == before) return Outcome::empty;
    return found.from_row ? Outcome::content : Outcome::constant;
}

DocumentWriter::Outcome DocumentWriter::write_money(const FieldPlan& field, const Frame& frame) {
    Evaluated amount;
    if (!evaluate(field.value, frame, *scope_, amount)) return Outcome::refused;
    if (amount.value.kind == Kind::unchanged) return Outcome::unchanged;
    if (is_empty(amount.value)) return Outcome::empty;
    std::string_view currency;
    const Outcome found = find_currency(field, frame, currency);
    if (found == Outcome::refused || found == Outcome::unchanged) return found;
    if (found == Outcome::empty) {
        scope_->refuse(field.value, amount.value, "has no currency: map it, or set defaults.currency of the source");
        return Outcome::refused;
    }
    document_.append(R"({"amount":)");
    if (!write_decimal(field.value, amount.value)) return Outcome::refused;
    document_.append(R"(,"currency":")").append(currency).append("\"}");
    return amount.from_row ? Outcome::content : Outcome::constant;
}

DocumentWriter::Outcome DocumentWriter::find_currency(const FieldPlan& field, const Frame& frame,
                                                      std::string_view& code) {
    if (field.currency)
        if (const Outcome found = code_of(*field.currency, frame, code); found != Outcome::empty) return found;
    for (const Expression& expression : plan_.entity_currency)
        if (const Outcome found = code_of(expression, *top_, code); found != Outcome::empty) return found;
    return Outcome::empty;
}

DocumentWriter::Outcome DocumentWriter::code_of(const Expression& expression, const Frame& frame,
                                                std::string_view& code) {
    Evaluated found;
    if (!evaluate(expression, frame, *scope_, found)) return Outcome::refused;
    if (found.value.kind == Kind::unchanged) return Outcome::unchanged;
    if (is_empty(found.value)) return Outcome::empty;
    code = found.value.kind == Kind::text ? currency_code(found.value.view()) : std::string_view{};
    if (!code.empty()) return Outcome::content;
    scope_->refuse(expression, found.value, "is not an ISO 4217 currency code");
    return Outcome::refused;
}

DocumentWriter::Outcome DocumentWriter::write_attributes(std::span<const FieldPlan> fields, const Frame& frame) {
    document_.push_back('{');
    Outcome all = Outcome::empty;
    for (const FieldPlan& field : fields) {
        const Outcome outcome = write_field(field, frame);
        if (outcome == Outcome::refused || outcome == Outcome::unchanged) return outcome;
        all = std::max(all, outcome);
    }
    document_.push_back('}');
    return all;
}

DocumentWriter::Outcome DocumentWriter::write_list(const FieldPlan& field, const Frame& frame) {
    const std::size_t begin = document_.size() + 1;
    const std::size_t first_element = elements_.size();
    document_.push_back('[');
    Outcome outcome = Outcome::empty;
    for (const ElementPlan& plan : field.elements) {
        outcome = write_elements(plan, frame);
        if (outcome == Outcome::refused || outcome == Outcome::unchanged) break;
    }
    const bool stopped = outcome == Outcome::refused || outcome == Outcome::unchanged;
    if (!stopped) sort_list(*field.schema, begin, first_element);
    const bool any = elements_.size() > first_element;
    elements_.resize(first_element);
    document_.push_back(']');
    return stopped ? outcome : any ? Outcome::content : Outcome::empty;
}

DocumentWriter::Outcome DocumentWriter::write_elements(const ElementPlan& plan, const Frame& frame) {
    if (!plan.each) return write_element(plan, frame);
    Evaluated children;
    if (!evaluate(*plan.each, frame, *scope_, children)) return Outcome::refused;
    if (children.value.kind == Kind::unchanged) return Outcome::unchanged;
    if (is_empty(children.value)) return Outcome::empty;
    std::span<const Value> rows;
    if (!list_of(*plan.each, children.value, rows)) return Outcome::refused;
    for (const Value& row : rows) {
        if (row.kind != Kind::object) {
            scope_->refuse(*plan.each, row, "is no object, so it has no fields");
            return Outcome::refused;
        }
        const Outcome outcome = write_element(plan, {*row.object, &frame});
        if (outcome == Outcome::refused || outcome == Outcome::unchanged) return outcome;
    }
    return Outcome::content;
}

bool DocumentWriter::list_of(const Expression& by, const Value& value, std::span<const Value>& items) {
    Value list = value;
    if (value.kind == Kind::json || value.kind == Kind::text) {
        const auto read = scope_->json.read(value.view(), scope_->arena);
        if (!read) return scope_->refuse(by, value, "is no list");
        list = *read;
    }
    if (list.kind == Kind::object) list = Value::list({scope_->arena.copy_of(list), 1});
    if (list.kind != Kind::list && !list.is_null()) return scope_->refuse(by, value, "is no list");
    items = list.is_null() ? std::span<const Value>{} : list.items();
    return true;
}

DocumentWriter::Outcome DocumentWriter::write_element(const ElementPlan& plan, const Frame& frame) {
    const Truth wanted = plan.where ? holds(*plan.where, frame, *scope_) : Truth::yes;
    switch (wanted) {
        case Truth::yes:
            return write_content(plan, frame);
        case Truth::no:
            return Outcome::empty;
        case Truth::unknown:
            return Outcome::unchanged;
        case Truth::refused:
            break;
    }
    return Outcome::refused;
}

DocumentWriter::Outcome DocumentWriter::write_content(const ElementPlan& plan, const Frame& frame) {
    if (!plan.scalar.empty()) return write_scalars(plan.scalar.front(), frame);
    const std::size_t before = document_.size();
    if (document_.back() != '[') document_.push_back(',');
    Element element{document_.size(), 0, 0, 0};
    const Outcome outcome = write_object(plan.fields, frame, element);
    if (outcome != Outcome::content) {
        document_.resize(before);
        return outcome == Outcome::constant ? Outcome::empty : outcome;
    }
    element.end = document_.size();
    elements_.push_back(element);
    return outcome;
}

DocumentWriter::Outcome DocumentWriter::write_object(std::span<const FieldPlan> fields, const Frame& frame,
                                                     Element& element) {
    document_.push_back('{');
    unverified_ = false;
    Outcome all = Outcome::empty;
    for (const FieldPlan& field : fields) {
        const Outcome outcome = write_field(field, frame);
        if (outcome == Outcome::refused || outcome == Outcome::unchanged) return outcome;
        if (field.is_element_value && outcome == Outcome::empty) return Outcome::empty;
        if (field.is_sort_key && outcome != Outcome::empty) {
            element.key_begin = value_begin_;
            element.key_end = document_.size();
        }
        all = std::max(all, outcome);
    }
    if (unverified_) document_.append(R"(,"unverified":true)");
    document_.push_back('}');
    return all;
}

DocumentWriter::Outcome DocumentWriter::write_scalars(const FieldPlan& field, const Frame& frame) {
    Evaluated found;
    if (!evaluate(field.value, frame, *scope_, found)) return Outcome::refused;
    if (found.value.kind == Kind::unchanged) return Outcome::unchanged;
    std::span<const Value> items(&found.value, 1);
    const bool several = found.value.kind == Kind::list || found.value.kind == Kind::json;
    if (several && !list_of(field.value, found.value, items)) return Outcome::refused;
    for (const Value& item : items) {
        if (is_empty(item)) continue;
        if (document_.back() != '[') document_.push_back(',');
        const std::size_t begin = document_.size();
        if (!write_typed(field, item)) return Outcome::refused;
        elements_.push_back({begin, document_.size(), begin, document_.size()});
    }
    return Outcome::content;
}

void DocumentWriter::sort_list(const Field& schema, std::size_t begin, std::size_t first_element) {
    const auto elements = std::span(elements_).subspan(first_element);
    const auto text = [&](std::size_t from, std::size_t to) {
        return std::string_view(document_).substr(from, to - from);
    };
    const auto less = [&](const Element& a, const Element& b) {
        const auto order = compare_sort_keys(text(a.key_begin, a.key_end), text(b.key_begin, b.key_end));
        return std::is_neq(order) ? std::is_lt(order) : text(a.begin, a.end) < text(b.begin, b.end);
    };
    const auto equal = [&](const Element& a, const Element& b) { return text(a.begin, a.end) == text(b.begin, b.end); };
    const bool in_order = std::ranges::is_sorted(elements, less);
    if (in_order && (!schema.set || std::ranges::adjacent_find(elements, equal) == elements.end())) return;
    std::ranges::sort(elements, less);
    sorted_.clear();
    for (std::size_t i = 0; i < elements.size(); ++i) {
        if (schema.set && i > 0 && equal(elements[i - 1], elements[i])) continue;
        if (!sorted_.empty()) sorted_.push_back(',');
        sorted_.append(text(elements[i].begin, elements[i].end));
    }
    document_.resize(begin);
    document_.append(sorted_);
}

}  // namespace tributary::mapping
