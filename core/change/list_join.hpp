#pragma once

#include <span>
#include <string_view>

#include "core/model/arena.hpp"

namespace tributary {

/// How the elements of a list are placed and told apart; empty: by the whole element.
struct ListKeys {
    std::string_view sort;
    std::string_view same;
};

/// The elements of lists (canonical JSON, the one that decides first) without those an earlier list has, in the order
/// in which the mapping writes them: by `sort` (core/model/list_order.hpp), then by bytes.
std::span<const std::string_view> join_lists(std::span<const std::string_view> lists, const ListKeys& keys,
                                             Arena& arena);

}  // namespace tributary
