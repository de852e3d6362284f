#include "core/change/list_join.hpp"

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "core/change/slices.hpp"
#include "core/model/list_order.hpp"

namespace tributary {
namespace {

/// An element, what places it and what tells it apart. `sort` is empty where the element does not have it.
struct Element {
    std::string_view text;
    std::string_view sort;
    std::string_view same;
    bool same_by_key = false;  ///< Else `same` is the whole element.
    std::uint32_t list = 0;

    auto identity() const { return std::tie(same_by_key, same); }
    auto claim() const { return std::tie(same_by_key, same, list); }
};

bool comes_before(const Element& left, const Element& right) {
    const auto order = compare_sort_keys(left.sort, right.sort);
    return order != 0 ? order < 0 : left.text < right.text;
}

Element read_element(std::string_view text, const ListKeys& keys) {
    Element element{.text = text, .sort = {}, .same = text};
    Slice member;
    for (Slices members(text.starts_with('{') ? text : std::string_view()); members.next(member);) {
        if (member.value == "null") continue;
        if (member.name == keys.sort) element.sort = member.value;
        if (member.name == keys.same) {
            element.same = member.value;
            element.same_by_key = true;
        }
    }
    return element;
}

std::span<Element> read_elements(std::span<const std::string_view> lists, const ListKeys& keys, Arena& arena) {
    std::size_t count = 0;
    for (const auto list : lists) count += count_slices(list);
    const auto elements = arena.array<Element>(count);
    std::size_t used = 0;
    for (std::uint32_t i = 0; i < lists.size(); ++i) {
        Slice slice;
        for (Slices slices(lists[i]); slices.next(slice); ++used) {
            elements[used] = read_element(slice.value, keys);
            elements[used].list = i;
        }
    }
    return elements;
}

/// Keeps, of the elements that are the same, those of the first list that has one.
std::span<Element> without_repetitions(std::span<Element> elements) {
    std::ranges::sort(elements, {}, &Element::claim);
    std::size_t kept = 0;
    for (const auto& element : elements) {
        const bool repeats = kept > 0 && elements[kept - 1].identity() == element.identity();
        if (!repeats || elements[kept - 1].list == element.list) elements[kept++] = element;
    }
    return elements.first(kept);
}

}  // namespace

std::span<const std::string_view> join_lists(std::span<const std::string_view> lists, const ListKeys& keys,
                                             Arena& arena) {
    const auto elements = without_repetitions(read_elements(lists, keys, arena));
    std::ranges::sort(elements, comes_before);
    const auto joined = arena.array<std::string_view>(elements.size());
    std::ranges::transform(elements, joined.begin(), &Element::text);
    return joined;
}

}  // namespace tributary
