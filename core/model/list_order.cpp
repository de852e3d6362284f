#include "core/model/list_order.hpp"

#include "core/model/decimal.hpp"

namespace tributary {
namespace {

std::string_view unquoted(std::string_view json) {
    return json.size() >= 2 && json.front() == '"' ? json.substr(1, json.size() - 2) : json;
}

}  // namespace

std::strong_ordering compare_sort_keys(std::string_view a, std::string_view b) {
    if (a.empty() || b.empty()) return a.empty() <=> b.empty();
    const std::string_view text_a = unquoted(a);
    const std::string_view text_b = unquoted(b);
    const auto number_a = parse_decimal(text_a);
    const auto number_b = parse_decimal(text_b);
    if (number_a.has_value() != number_b.has_value())
        return number_a ? std::strong_ordering::less : std::strong_ordering::greater;
    if (number_a)
        if (const auto order = compare(*number_a, *number_b); order != 0) return order;
    return text_a.compare(text_b) <=> 0;
}

}  // namespace tributary
