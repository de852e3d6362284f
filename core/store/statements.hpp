#pragma once

#include <fmt/format.h>

#include <string>

#include "core/store/row_batch.hpp"
#include "core/store/store.hpp"

namespace tributary {

/// The prepared statements of a store.
struct Store::Statements {
    Statement begin, commit, rollback;
    Statement find_number, find_text, highest_number, put_text, erase_number, erase_text;
    Statement find_aside, put_aside, erase_aside;
    Statement find_entity, put_entity, erase_entity, members, put_member, erase_member;
    Statement dependents, put_link, erase_link;
    Statement pending, find_pending, put_pending, erase_pending;
    Statement put_meta, put_offset;
    RowBatch numbers;  ///< Not yet in SQLite: whoever reads `state_by_number` flushes it first.
    std::string row;   ///< Scratch for encoding.
};

inline Error corrupt(std::string_view where) {
    return {Verdict::retry, "state_corrupt", fmt::format("the state cache is damaged ({}); it will be rebuilt", where)};
}

}  // namespace tributary
