#include "core/mapping/outcome_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/mapping/codes.hpp"

namespace tributary::mapping {

namespace {

class OutcomeCheck {
  public:
    OutcomeCheck(const Field& field, std::string name, Diagnostics& diagnostics)
        : field_(field), name_(std::move(name)), diagnostics_(diagnostics) {}

    void check(const Node& node, const Expression& value) {
        if (!node.is_map()) return;  // a column
        if (const Node* map = node.find("map"))
            check_map(*map, value);
        else
            check_source(node, value);
        for (const char* const option : {"else", "default"})
            if (const Node* literal = node.find(option)) check_literal(*literal, value);
    }

  private:
    void check_source(const Node& node, const Expression& value) {
        if (const Node* literal = node.find("value")) check_literal(*literal, value);
        if (const Node* first = node.find("first")) check_parts(first->items, value);
        if (const Node* cases = node.find("match"))
            for (std::size_t i = 0; i < cases->items.size(); ++i)
                if (const Node* is = cases->items[i].find("is"); is != nullptr && i < value.parts.size())
                    check_literal(*is, value.parts[i]);
    }
    void check_parts(std::span<const Node> items, const Expression& value) {
        for (std::size_t i = 0; i < items.size() && i < value.parts.size(); ++i) check(items[i], value.parts[i]);
    }
    void check_map(const Node& map, const Expression& value) {
        for (const Node::Entry& entry : map.entries) check_literal(entry.value, value);
        if (!map.is_scalar() || !value.map) return;
        for (const auto& [code, meaning] : *value.map)
            if (meaning && !fits(*meaning))
                diagnostics_.error(map.place, fmt::format("map '{}' makes '{}' of '{}': {} {}", map.scalar, *meaning,
                                                          code, name_, wanted(*meaning)));
    }
    /// Or an expression, as an outcome of `match` may be.
    void check_literal(const Node& node, const Expression& value) {
        if (node.is_map()) return check(node, value);
        if (!node.is_scalar() || node.is_null() || fits(node.scalar)) return;
        diagnostics_.error(node.place, fmt::format("'{}': {} {}", node.scalar, name_, wanted(node.scalar)));
    }

    bool fits(std::string_view text) const {
        if (field_.type == FieldType::currency) return !currency_code(text).empty();
        return std::ranges::find(field_.choices, text) != field_.choices.end();
    }
    std::string wanted(const std::string& text) const {
        if (field_.type == FieldType::currency) return "is an ISO 4217 code, as EUR";
        const std::vector<std::string_view> choices(field_.choices.begin(), field_.choices.end());
        return fmt::format("is one of {}{}", fmt::join(choices, ", "), did_you_mean(text, choices));
    }

    const Field& field_;
    std::string name_;
    Diagnostics& diagnostics_;
};

}  // namespace

void check_outcomes(const Node& node, const Expression& value, const Field& field, Diagnostics& diagnostics) {
    if (field.type == FieldType::choice || field.type == FieldType::currency)
        OutcomeCheck(field, value.field, diagnostics).check(node, value);
}

}  // namespace tributary::mapping
